/** Counts changes of rows per table instead of keeping them, exactly once: a target for measurements of what comes before it. */
import { jsonLinesSink } from '@streamcore/connectors/files'
import type { RowChange, SinkContext, SinkWriter, TwoPhaseCommitSink } from 'streamcore'
import type { Model } from '../model/model.js'
import { type TableTally, TallyCounter } from './row-tally.js'

/** Files `part-<checkpoint>.jsonl`, a line per table: `{ table, upserts, deletes, sums }`. */
export function changeCounter(options: {
  readonly directory: string
  readonly model: Model
}): TwoPhaseCommitSink<RowChange, string> {
  const { directory, model } = options
  const files = jsonLinesSink({ directory })
  return Object.freeze({
    kind: 'change-counter',
    delivery: 'exactly-once' as const,
    config: { directory },
    createWriter: () => Promise.resolve(new CountingWriter(model)),
    createCommitter: (context: SinkContext) => files.createCommitter(context),
  })
}

/** What a line of the files says. */
export type TallyLine = TableTally & { readonly table: string }

class CountingWriter implements SinkWriter<RowChange, string> {
  readonly #counters: ReadonlyMap<string, TallyCounter>

  constructor({ entities }: Model) {
    this.#counters = new Map(entities.map((entity) => [entity.table, new TallyCounter(entity)]))
  }

  write({ kind, table, row }: RowChange): void {
    this.#counters.get(table)?.add(kind, row)
  }

  prepareCommit(): readonly string[] {
    const lines: TallyLine[] = []
    for (const [table, counter] of this.#counters) {
      const tally = counter.take()
      if (tally.upserts + tally.deletes > 0) lines.push({ table, ...tally })
    }
    return lines.map((line) => `${JSON.stringify(line)}\n`)
  }

  pendingBytes(): number {
    return 0
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
