/** Writes changes of rows into files, exactly once: those of a checkpoint in one file, parents before what refers to them. */
import { jsonLinesSink } from '@streamcore/connectors/files'
import type {
  CommitMarker,
  Committer,
  RowChange,
  SinkContext,
  SinkWriter,
  TwoPhaseCommitSink,
} from 'streamcore'
import { jsonOfChange } from './change-lines.js'

/** Where changes are written, and in which order. */
export interface ChangeFilesOptions {
  readonly directory: string
  /** Orders, and may leave out, the changes of one checkpoint. */
  readonly order: (changes: readonly RowChange[]) => readonly RowChange[]
}

/** Files `part-<checkpoint>.jsonl`, a change a line. */
export function changeFiles(options: ChangeFilesOptions): TwoPhaseCommitSink<RowChange, RowChange> {
  const { directory } = options
  const files = jsonLinesSink({ directory })
  return Object.freeze({
    kind: 'change-files',
    delivery: 'exactly-once' as const,
    config: { directory },
    createWriter: () => Promise.resolve(new ChangeWriter()),
    createCommitter: async (context: SinkContext) =>
      new ChangeCommitter(await files.createCommitter(context), options),
  })
}

// Roughly what a change and each of its columns cost beside their texts.
const changeBytes = 100
const columnBytes = 24

class ChangeWriter implements SinkWriter<RowChange, RowChange> {
  #pending: RowChange[] = []
  #pendingBytes = 0

  write(change: RowChange): void {
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

/** Lines in one piece of text. */
const linesPerPiece = 1_000

class ChangeCommitter implements Committer<RowChange> {
  readonly #files: Committer<string>
  readonly #options: ChangeFilesOptions

  constructor(files: Committer<string>, options: ChangeFilesOptions) {
    this.#files = files
    this.#options = options
  }

  claim(epoch: number): Promise<CommitMarker | undefined> {
    return this.#files.claim(epoch)
  }

  async commit(marker: CommitMarker, changes: readonly RowChange[]): Promise<void> {
    const ordered = this.#options.order(changes)
    const pieces: string[] = []
    for (let from = 0; from < ordered.length; from += linesPerPiece) {
      const lines = ordered.slice(from, from + linesPerPiece)
      pieces.push(lines.map((change) => `${jsonOfChange(change)}\n`).join(''))
    }
    await this.#files.commit(marker, pieces)
  }

  close(): Promise<void> {
    return this.#files.close()
  }
}
