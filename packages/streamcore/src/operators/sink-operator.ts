/** Hands records to a sink's writer; a transactional one's output waits here until its checkpoint has committed. */
import type { SinkWriter } from '../contracts/sink.js'
import type { StateDescription } from '../contracts/state/state-descriptors.js'
import { encodeCommittables } from '../serde/committables.js'
import type { Input } from './input.js'
import type { OperatorContext } from './operator-context.js'
import type { OperatorSnapshot, SnapshotPiece, StreamOperator } from './stream-operator.js'

/** Output of one barrier that no checkpoint has committed yet. */
interface PreparedOutput {
  readonly checkpointId: number
  readonly sizeBytes: number
  readonly committables: Promise<readonly unknown[]> | readonly unknown[]
}

/** Options of {@link SinkOperator}. */
export interface SinkOperatorOptions {
  readonly context: OperatorContext
  readonly uid: string
  readonly writer: SinkWriter<unknown, unknown>
  readonly isTransactional: boolean
}

/** A sink of one subtask. */
export class SinkOperator implements StreamOperator, Input {
  readonly name: string
  readonly uid: string
  readonly inputs: readonly Input[]
  readonly states: readonly StateDescription[] = []
  readonly isOverloaded = false
  isEnded = false
  readonly #writer: SinkWriter<unknown, unknown>
  readonly #context: OperatorContext
  readonly #isTransactional: boolean
  #prepared: PreparedOutput[] = []

  constructor(options: SinkOperatorOptions) {
    this.name = options.context.name
    this.uid = options.uid
    this.#context = options.context
    this.#writer = options.writer
    this.#isTransactional = options.isTransactional
    this.inputs = [this]
  }

  processElement(value: unknown, timestampMs: number): void {
    try {
      this.#writer.write(value, timestampMs)
    } catch (thrown) {
      if (!this.#context.hasDeadLetters) this.#context.fail(thrown, { call: 'write', value })
      this.#context.divert(thrown instanceof Error ? thrown.message : String(thrown), value)
    }
  }

  processWatermark(): void {}

  processIdleness(): void {}

  processEnd(): void {
    this.isEnded = true
  }

  /** Output that is not committed yet, handed over or not. */
  pendingBytes(): number {
    return this.#prepared.reduce((sum, { sizeBytes }) => sum + sizeBytes, this.#writer.pendingBytes())
  }

  /**
   * The output since the last barrier joins what earlier, failed checkpoints left: all of it belongs to this checkpoint.
   */
  snapshot(checkpointId: number): OperatorSnapshot {
    const sizeBytes = this.#writer.pendingBytes()
    this.#prepared.push({ checkpointId, sizeBytes, committables: this.#writer.prepareCommit(checkpointId) })
    return new SinkSnapshot(this.uid, this.#prepared.slice(), this.#isTransactional)
  }

  runOwnWork(): number {
    return 0
  }

  nextWorkMs(): number {
    return Number.POSITIVE_INFINITY
  }

  checkpointCommitted(checkpointId: number): void {
    this.#prepared = this.#prepared.filter((output) => output.checkpointId > checkpointId)
  }

  async close(): Promise<void> {
    await this.#writer.close()
  }
}

class SinkSnapshot implements OperatorSnapshot {
  readonly committables: Promise<readonly unknown[]>
  readonly #uid: string
  readonly #isTransactional: boolean
  #isTaken = false

  constructor(uid: string, prepared: readonly PreparedOutput[], isTransactional: boolean) {
    this.#uid = uid
    this.#isTransactional = isTransactional
    this.committables = gather(prepared)
    // The failure is handled where the pieces are awaited; here it must only not count as unhandled.
    this.committables.catch(() => {})
  }

  writeSlice(): boolean {
    return true
  }

  async takePieces(): Promise<readonly SnapshotPiece[]> {
    if (this.#isTaken) return []
    this.#isTaken = true
    const committables = await this.committables
    if (!this.#isTransactional) return []
    return encodeCommittables(this.#uid, committables).map((bytes) => ({ kind: 'pending', bytes }))
  }

  abort(): void {}
}

async function gather(prepared: readonly PreparedOutput[]): Promise<readonly unknown[]> {
  const all: unknown[] = []
  for (const output of prepared) {
    for (const committable of await output.committables) all.push(committable)
  }
  return all
}
