/** Commits the lines of a checkpoint as one file that appears whole or not at all, exactly once. */
import {
  type CommitMarker,
  type Committer,
  type FencedSink,
  type FileSystem,
  StreamcoreError,
} from 'streamcore'
import { FileCommitLog, padded } from './file-commit-log.js'

/** Where and how files are written. */
export interface PartFileOptions {
  readonly directory: string
  /** Ending of the names: `jsonl`. */
  readonly extension: string
  /** First line of every file. */
  readonly header?: string
}

const chunkLength = 1024 * 1024

/** The committer of the file sinks: `part-<checkpoint>.<extension>` holds what a checkpoint added. */
export class PartFileCommitter implements Committer<string> {
  readonly #fileSystem: FileSystem
  readonly #options: PartFileOptions
  readonly #log: FileCommitLog

  constructor(fileSystem: FileSystem, options: PartFileOptions, sink: FencedSink) {
    this.#fileSystem = fileSystem
    this.#options = options
    this.#log = new FileCommitLog(fileSystem, options.directory, sink)
  }

  claim(epoch: number): Promise<CommitMarker | undefined> {
    return this.#log.claim(epoch)
  }

  async commit(marker: CommitMarker, lines: readonly string[]): Promise<void> {
    if (!(await this.#log.admits(marker))) return
    if (lines.length > 0) await this.#publish(marker, lines)
    await this.#log.record(marker)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #publish({ checkpointId, epoch }: CommitMarker, lines: readonly string[]): Promise<void> {
    const { directory, extension } = this.#options
    const unnamed = `${this.#log.workDirectory}/writing-${padded(checkpointId)}-${padded(epoch)}`
    const target = `${directory}/part-${padded(checkpointId)}.${extension}`
    await this.#write(unnamed, lines)
    // The link gives a name to content that is durable already; a crash before it leaves no trace in the output.
    if (!(await this.#fileSystem.linkExclusive(unnamed, target))) await this.#assertSame(unnamed, target)
    await this.#fileSystem.syncDirectory(directory)
    await this.#fileSystem.remove(unnamed)
  }

  async #write(path: string, lines: readonly string[]): Promise<void> {
    const { header } = this.#options
    const encoder = new TextEncoder()
    const file = await this.#fileSystem.open(path, 'create')
    try {
      let chunk = header === undefined ? '' : `${header}\n`
      for (const line of lines) {
        chunk += `${line}\n`
        if (chunk.length < chunkLength) continue
        await file.write(encoder.encode(chunk))
        chunk = ''
      }
      await file.write(encoder.encode(chunk))
      await file.sync()
    } finally {
      await file.close()
    }
  }

  /** The name is taken when an earlier attempt died before its marker; then the file holds the same bytes. */
  async #assertSame(written: string, existing: string): Promise<void> {
    const [one, two] = [
      await this.#fileSystem.open(written, 'read'),
      await this.#fileSystem.open(existing, 'read'),
    ]
    try {
      for (let position = 0; ; position += chunkLength) {
        const [a, b] = [await one.read(position, chunkLength), await two.read(position, chunkLength)]
        if (a.length !== b.length || a.some((byte, index) => byte !== b[index])) throw foreignFile(existing)
        if (a.length < chunkLength) return
      }
    } finally {
      await one.close()
      await two.close()
    }
  }
}

function foreignFile(path: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected ${path} to be missing or to hold this checkpoint's records, got other content; give each sink a directory of its own`,
    { details: { path } },
  )
}
