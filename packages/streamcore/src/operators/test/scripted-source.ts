/** A source whose batches a test writes down, and a source operator that reads it turn by turn. */
import type { JsonValue, RejectedInput, Source, SourceBatch } from '../../contracts/source.js'
import { noWatermarks, type WatermarkStrategy } from '../../contracts/watermark-strategy.js'
import { decodeValue } from '../../serde/value-codec.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { nextMacrotask } from '../../testing/turn-scheduler.js'
import { type FlowControl, SourceOperator } from '../source/source-operator.js'
import type { SplitSnapshot } from '../source/split-state.js'
import { operatorContext, RecordingInput, type TestContextOptions } from './recording-input.js'

/** One item of a split: a record, or an input that the source can not read. */
export type ScriptedItem = number | { readonly rejected: string }

/** Items by batch. A split that does not end gives empty batches from then on. */
export interface ScriptedSplit {
  readonly batches: readonly (readonly ScriptedItem[])[]
  readonly neverEnds?: boolean
}

/** Splits by id; a position is the number of items before it. */
export function scriptedSource(splits: Readonly<Record<string, ScriptedSplit>>): Source<number> {
  return {
    kind: 'scripted',
    config: null,
    boundedness: Object.values(splits).some((split) => split.neverEnds === true) ? 'unbounded' : 'bounded',
    createEnumerator: async () => ({
      discover: async () => Object.keys(splits).map((id) => ({ id, info: null })),
      close: async () => {},
    }),
    createReader: async (split, position) => {
      const { batches, neverEnds = false } = splits[split.id] ?? { batches: [] }
      const left = batchesFrom(batches, Number(position ?? 0))
      let next = Number(position ?? 0)
      return {
        fetch: async () => {
          const items = left.shift() ?? []
          const start = next
          next += items.length
          return batchOf(split.id, items, { start, isEnd: left.length === 0 && !neverEnds })
        },
        close: async () => {},
      }
    },
  }
}

function batchesFrom(
  batches: readonly (readonly ScriptedItem[])[],
  position: number,
): (readonly ScriptedItem[])[] {
  let before = position
  return batches.flatMap((batch) => {
    const skipped = Math.min(before, batch.length)
    before -= skipped
    return skipped > 0 && skipped === batch.length ? [] : [batch.slice(skipped)]
  })
}

function batchOf(
  id: string,
  items: readonly ScriptedItem[],
  at: { readonly start: number; readonly isEnd: boolean },
): SourceBatch<number> {
  const records: number[] = []
  const offsets: number[] = []
  const rejected: RejectedInput[] = []
  for (const [offset, item] of items.entries()) {
    const place = `${id}:${at.start + offset}`
    if (typeof item === 'number') {
      records.push(item)
      offsets.push(offset)
    } else rejected.push({ beforeIndex: records.length, place, reason: item.rejected, raw: item.rejected })
  }
  const offsetOf = (index: number) => offsets[index] ?? Number.NaN
  return {
    records,
    rejected,
    positionAfter: (index): JsonValue => at.start + offsetOf(index) + 1,
    endPosition: at.start + items.length,
    placeOf: (index) => `${id}:${at.start + offsetOf(index)}`,
    isEnd: at.isEnd,
  }
}

/** Options of {@link sourceOperator}. */
export interface SourceUnderTestOptions extends TestContextOptions {
  readonly clock?: ManualClock
  readonly watermarks?: WatermarkStrategy<number>
  readonly onRecord?: (value: number) => void
  readonly restored?: readonly SplitSnapshot[]
}

/** A source operator, its output and its flow control. */
export class SourceUnderTest {
  readonly operator: SourceOperator
  readonly output: RecordingInput = new RecordingInput()
  readonly flow: FlowControl = { fullOutputs: 0 }
  readonly failures: unknown[] = []
  readonly clock: ManualClock

  constructor(source: Source<number>, splitIds: readonly string[], options: SourceUnderTestOptions = {}) {
    this.clock = options.clock ?? new ManualClock()
    const context = operatorContext({ ...options, clock: this.clock, place: () => this.operator.place() })
    this.operator = new SourceOperator({
      context,
      uid: 'source',
      source,
      sourceContext: { jobId: 'job', uid: 'source', connections: {}, ports: context.ports },
      watermarks: options.watermarks ?? noWatermarks(),
      output: this.output,
      flow: this.flow,
      notify: () => {},
      onFailure: (error) => this.failures.push(error),
    })
    const restored =
      options.restored ?? splitIds.map((id) => ({ split: { id, info: null }, hasEnded: false }))
    for (const snapshot of restored) this.operator.addSplit(snapshot)
  }

  /** Lets fetches come back, then takes a turn; gives what was emitted in it. */
  async turn(max: number = 100): Promise<readonly unknown[]> {
    this.operator.poll(0)
    await nextMacrotask()
    this.operator.poll(max)
    return this.output.take()
  }

  /** Takes turns until the end; gives everything that was emitted. */
  async finish(max: number = 100): Promise<readonly unknown[]> {
    const all: unknown[] = []
    for (let turns = 0; turns < 1_000 && !this.operator.isEnded; turns++) {
      all.push(...(await this.turn(max)))
      // An empty batch is not asked for again at once.
      this.clock.advance(10)
    }
    return all
  }

  /** Takes this many turns; gives everything that was emitted. */
  async turns(count: number): Promise<readonly unknown[]> {
    const all: unknown[] = []
    for (let index = 0; index < count; index++) all.push(...(await this.turn()))
    return all
  }

  /** The splits as a checkpoint stores them. */
  async positions(): Promise<readonly SplitSnapshot[]> {
    const pieces = await this.operator.snapshot().takePieces()
    return pieces.flatMap(({ bytes }) => decodeValue<readonly SplitSnapshot[]>(bytes))
  }
}
