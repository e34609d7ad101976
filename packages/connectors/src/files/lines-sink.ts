/** What sinks that write lines into files share. */
import type { CommitMarker, SinkContext, SinkWriter, TwoPhaseCommitSink } from 'streamcore'
import { openFileSystem } from './open-file-system.js'
import { OutputDirectory } from './output-directory.js'

/** Where lines are written. */
export interface LinesSinkPlace {
  /** A folder of its own for this sink; made when it is missing. The parts in it are ordered by their names. */
  readonly directory: string
  /** Name of a files connection; the local file system when there is none. */
  readonly connection?: string
}

/** What makes a kind of lines. */
export interface LinesFormat<T> {
  readonly kind: string
  /** Ending of the files' names, with its dot. */
  readonly ending: string
  /** First line of every file. */
  readonly header?: string
  /** The line of a record, without its line end. */
  readonly lineOf: (value: T) => string
}

/** Pieces of output are about this long: many lines are one value in a checkpoint. */
const pieceLength = 65_536

/** An exactly-once sink of lines; what it commits are pieces of text. */
export function linesSink<T>(place: LinesSinkPlace, format: LinesFormat<T>): TwoPhaseCommitSink<T, string> {
  const { directory, connection } = place
  const { kind, ending, header } = format
  return Object.freeze({
    kind,
    delivery: 'exactly-once' as const,
    config: { directory, connection: connection ?? null },
    createWriter: () => Promise.resolve(new LinesWriter(format)),
    async createCommitter({ connections, jobId, uid }: SinkContext) {
      const fileSystem = await openFileSystem(connections, connection)
      const output = new OutputDirectory({ fileSystem, directory, sink: { jobId, sinkUid: uid }, ending })
      return {
        claim: (epoch: number) => output.claim(epoch),
        commit: (marker: CommitMarker, pieces: readonly string[]) =>
          output.commit(
            marker,
            header === undefined || pieces.length === 0 ? pieces : [`${header}\n`, ...pieces],
          ),
        close: () => Promise.resolve(),
      }
    },
  })
}

class LinesWriter<T> implements SinkWriter<T, string> {
  readonly #format: LinesFormat<T>
  #pieces: string[] = []
  #piece = ''
  #pendingBytes = 0

  constructor(format: LinesFormat<T>) {
    this.#format = format
  }

  write(value: T): void {
    const line = this.#format.lineOf(value)
    this.#piece += line
    this.#piece += '\n'
    this.#pendingBytes += line.length + 1
    if (this.#piece.length >= pieceLength) this.#endPiece()
  }

  prepareCommit(): readonly string[] {
    if (this.#piece !== '') this.#endPiece()
    const pieces = this.#pieces
    this.#pieces = []
    this.#pendingBytes = 0
    return pieces
  }

  pendingBytes(): number {
    return this.#pendingBytes
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #endPiece(): void {
    this.#pieces.push(this.#piece)
    this.#piece = ''
  }
}
