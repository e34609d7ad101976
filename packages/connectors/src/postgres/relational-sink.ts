/** Writes changes of rows exactly once: those of a checkpoint, in one order, in one transaction with its marker. */
import {
  type ApplyReport,
  type CommitMarker,
  type Committer,
  type Ports,
  type RelationalSink,
  type RowChange,
  relationalConnection,
  type SinkContext,
  type SinkWriter,
  type TableDescription,
  type TwoPhaseCommitSink,
} from 'streamcore'

/** What is written where, and in which order. */
export interface RelationalSinkOptions<T> {
  /** Name of a relational connection. */
  readonly connection: string
  /** Checked against the database before the first record. */
  readonly tables: readonly TableDescription[]
  readonly toChange: (value: T) => RowChange
  /** Orders, and may leave out, the changes of one checkpoint; without it they keep their order per subtask. */
  readonly order?: (changes: readonly RowChange[]) => readonly RowChange[]
  /** Called after each commit, also for changes that the database refused. */
  readonly onReport?: (report: ApplyReport, marker: CommitMarker) => void
}

/** An exactly-once sink into a relational database. */
export function relationalSink<T>(options: RelationalSinkOptions<T>): TwoPhaseCommitSink<T, RowChange> {
  const { connection, tables } = options
  return Object.freeze({
    kind: 'relational',
    delivery: 'exactly-once' as const,
    config: { connection, tables: tables.map(({ table }) => table) },
    createWriter: () => Promise.resolve(new RelationalSinkWriter(options.toChange)),
    createCommitter: (context: SinkContext) => openCommitter(options, context),
  })
}

// Roughly what a change and each of its columns cost beside their texts.
const changeBytes = 100
const columnBytes = 24

class RelationalSinkWriter<T> implements SinkWriter<T, RowChange> {
  readonly #toChange: (value: T) => RowChange
  #pending: RowChange[] = []
  #pendingBytes = 0

  constructor(toChange: (value: T) => RowChange) {
    this.#toChange = toChange
  }

  write(value: T): void {
    const change = this.#toChange(value)
    this.#pending.push(change)
    this.#pendingBytes += changeBytes
    for (const column of Object.values(change.row)) {
      this.#pendingBytes += columnBytes + (typeof column === 'string' ? column.length : 0)
    }
  }

  prepareCommit(): readonly RowChange[] {
    const pending = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    return pending
  }

  pendingBytes(): number {
    return this.#pendingBytes
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

async function openCommitter<T>(
  options: RelationalSinkOptions<T>,
  context: SinkContext,
): Promise<Committer<RowChange>> {
  const target = await relationalConnection.open(context.connections, options.connection)
  try {
    await target.prepare(options.tables)
    return new RelationalCommitter(target, options, context)
  } catch (error) {
    await target.close()
    throw error
  }
}

class RelationalCommitter<T> implements Committer<RowChange> {
  readonly #target: RelationalSink
  readonly #options: RelationalSinkOptions<T>
  readonly #context: SinkContext

  constructor(target: RelationalSink, options: RelationalSinkOptions<T>, context: SinkContext) {
    this.#target = target
    this.#options = options
    this.#context = context
  }

  claim(epoch: number): Promise<CommitMarker | undefined> {
    return this.#target.claim({ jobId: this.#context.jobId, sinkUid: this.#context.uid }, epoch)
  }

  async commit(marker: CommitMarker, changes: readonly RowChange[]): Promise<void> {
    const report = await this.#target.apply(marker, this.#options.order?.(changes) ?? changes)
    noteReport(this.#context.ports, marker, report)
    this.#options.onReport?.(report, marker)
  }

  close(): Promise<void> {
    return this.#target.close()
  }
}

function noteReport(
  { metrics, logger }: Ports,
  { sinkUid, checkpointId }: CommitMarker,
  report: ApplyReport,
): void {
  const labels = { uid: sinkUid }
  metrics.counter('sink_rows_applied', labels).add(report.applied)
  metrics.counter('sink_rows_guarded', labels).add(report.guarded)
  for (const { code } of report.rejected) metrics.counter('sink_rows_rejected', { ...labels, code }).add(1)
  const [first] = report.rejected
  if (!first) return
  logger.warn('the database refused rows; they are in streamcore_rejected', {
    uid: sinkUid,
    checkpointId,
    rows: report.rejected.length,
    firstPlace: first.change.place,
    firstReason: first.reason,
  })
}
