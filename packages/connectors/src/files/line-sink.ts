/** A sink of lines of text into files, exactly once; the formats differ only in how they write a line. */
import type { SinkContext, SinkWriter, TwoPhaseCommitSink } from 'streamcore'
import { openFileSystem } from './open-file-system.js'
import { PartFileCommitter, type PartFileOptions } from './part-file-committer.js'

/** Options that all file sinks share. */
export interface FileSinkOptions {
  /** A directory of this sink alone; it is created. */
  readonly directory: string
  /** Name of a files connection; the local file system when there is none. */
  readonly connection?: string
}

/** What a format adds. */
export interface LineFormat<T> extends Omit<PartFileOptions, 'directory'> {
  readonly kind: string
  /** The line of a record, without line end. */
  readonly lineOf: (value: T) => string
}

/** Makes the sink of a format. */
export function lineSink<T>(options: FileSinkOptions, format: LineFormat<T>): TwoPhaseCommitSink<T, string> {
  const { directory, connection } = options
  return Object.freeze({
    kind: format.kind,
    delivery: 'exactly-once' as const,
    config: { directory, connection: connection ?? null },
    createWriter: () => Promise.resolve(new LineSinkWriter(format.lineOf)),
    async createCommitter(context: SinkContext) {
      const fileSystem = await openFileSystem(context.connections, connection)
      await fileSystem.makeDirectory(directory)
      const sink = { jobId: context.jobId, sinkUid: context.uid }
      return new PartFileCommitter(fileSystem, { ...format, directory }, sink)
    },
  })
}

class LineSinkWriter<T> implements SinkWriter<T, string> {
  readonly #lineOf: (value: T) => string
  #pending: string[] = []
  #pendingBytes = 0

  constructor(lineOf: (value: T) => string) {
    this.#lineOf = lineOf
  }

  write(value: T): void {
    const line = this.#lineOf(value)
    this.#pending.push(line)
    this.#pendingBytes += line.length + 1
  }

  prepareCommit(): readonly string[] {
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
