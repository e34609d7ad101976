/** Who may commit into a directory, and which checkpoint it holds: empty files whose names say it. */
import {
  type CommitFence,
  type CommitMarker,
  claimedFence,
  committedFence,
  type FencedSink,
  type FileSystem,
  markerOf,
} from 'streamcore'

const numberDigits = 16

/**
 * Keeps `claim-<epoch>` and `commit-<checkpoint>-<madeBy>` for one sink. Unlike a database it cannot check and write in
 * one step; that is harmless because a checkpoint is committed only from its published slot, so that all who commit
 * checkpoint N write the same bytes to the same name.
 */
export class FileCommitLog {
  readonly #fileSystem: FileSystem
  readonly #sink: FencedSink
  readonly #directory: string

  constructor(fileSystem: FileSystem, directory: string, sink: FencedSink) {
    this.#fileSystem = fileSystem
    this.#sink = sink
    this.#directory = `${directory}/.streamcore/${fileName(sink.jobId)}/${fileName(sink.sinkUid)}`
  }

  /** Where files are written before they get their name; nothing in it is output. */
  get workDirectory(): string {
    return this.#directory
  }

  /** @throws StreamcoreError `STREAMCORE_FENCED` when a higher epoch has claimed */
  async claim(epoch: number): Promise<CommitMarker | undefined> {
    await this.#fileSystem.makeDirectory(this.#directory)
    const before = await this.#read()
    claimedFence(before.fence, this.#sink, epoch)
    if (!before.claims.includes(epoch)) await this.#create(claimName(epoch))
    const after = await this.#read()
    // Two may have claimed at once: only the higher one stays.
    claimedFence(after.fence, this.#sink, epoch)
    for (const old of after.claims) if (old < epoch) await this.#remove(claimName(old))
    return markerOf(before.fence, this.#sink)
  }

  /** Whether the marker's checkpoint is still to be written; false when it is in the directory already. */
  async admits(marker: CommitMarker): Promise<boolean> {
    const { fence } = await this.#read()
    return committedFence(fence, marker) !== undefined
  }

  /** Notes durably that a checkpoint is in the directory, and forgets the ones before it. */
  async record({ checkpointId, madeBy }: CommitMarker): Promise<void> {
    const { commits } = await this.#read()
    await this.#create(commitName(checkpointId, madeBy))
    for (const old of commits) {
      if (old.checkpointId < checkpointId) await this.#remove(commitName(old.checkpointId, old.madeBy))
    }
  }

  async #read(): Promise<{
    readonly fence: CommitFence | undefined
    readonly claims: readonly number[]
    readonly commits: readonly { readonly checkpointId: number; readonly madeBy: number }[]
  }> {
    const names = await this.#fileSystem.list(this.#directory)
    const claims = names.flatMap((name) => numbersIn(name, /^claim-(\d+)$/)).map(([epoch = 0]) => epoch)
    const commits = names
      .flatMap((name) => numbersIn(name, /^commit-(\d+)-(\d+)$/))
      .map(([checkpointId = 0, madeBy = 0]) => ({ checkpointId, madeBy }))
      .sort((a, b) => a.checkpointId - b.checkpointId)
    const fence = claims.length === 0 ? undefined : { epoch: Math.max(...claims), committed: commits.at(-1) }
    return { fence, claims, commits }
  }

  async #create(name: string): Promise<void> {
    const file = await this.#fileSystem.open(`${this.#directory}/${name}`, 'create-exclusive')
    await file.sync()
    await file.close()
    await this.#fileSystem.syncDirectory(this.#directory)
  }

  async #remove(name: string): Promise<void> {
    await this.#fileSystem.remove(`${this.#directory}/${name}`)
  }
}

function numbersIn(name: string, pattern: RegExp): readonly (readonly number[])[] {
  const match = pattern.exec(name)
  return match ? [match.slice(1).map(Number)] : []
}

function claimName(epoch: number): string {
  return `claim-${padded(epoch)}`
}

function commitName(checkpointId: number, madeBy: number): string {
  return `commit-${padded(checkpointId)}-${padded(madeBy)}`
}

/** A number whose names sort by value. */
export function padded(number: number): string {
  return String(number).padStart(numberDigits, '0')
}

// A name of one path segment, whatever the text is: `..` must not lead out of the directory.
function fileName(text: string): string {
  return encodeURIComponent(text).replaceAll('.', '%2E')
}
