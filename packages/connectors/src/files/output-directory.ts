/** A folder that a sink fills exactly once: a part per checkpoint, and beside the parts the markers of what was committed. */
import {
  claimedFence,
  type CommitFence,
  type CommitMarker,
  committedFence,
  type FencedSink,
  type FileSystem,
  markerOf,
  StreamcoreError,
} from 'streamcore'

/** Where and how parts are written. */
export interface OutputDirectoryOptions {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly sink: FencedSink
  /** Ending of the parts' names, with its dot. */
  readonly ending: string
}

/**
 * Files can not shut an older incarnation out, so nothing here hurts when one wakes up in the middle of a commit: only
 * published checkpoints are committed, parts and markers are created and never replaced, and of the markers the highest counts.
 */
export class OutputDirectory {
  readonly #options: OutputDirectoryOptions
  /** Hidden from `cat output/*`. */
  readonly #bookkeeping: string

  constructor(options: OutputDirectoryOptions) {
    this.#options = options
    this.#bookkeeping = `${options.directory}/.streamcore`
  }

  /**
   * Fences lower epochs; gives the last marker.
   * @throws StreamcoreError `STREAMCORE_CONFIG` when the folder holds something else
   */
  async claim(epoch: number): Promise<CommitMarker | undefined> {
    const { fileSystem, sink } = this.#options
    await fileSystem.makeDirectory(this.#bookkeeping)
    await this.#own(epoch)
    const fence = claimedFence(await this.#fence(), sink, epoch)
    await this.#create(`claim-${epoch}`)
    return markerOf(fence, sink)
  }

  /** Writes the part of a checkpoint and its marker; does nothing when that has been done. */
  async commit(marker: CommitMarker, pieces: readonly string[]): Promise<void> {
    const { fileSystem, directory, ending } = this.#options
    const fence = committedFence(await this.#fence(), marker)
    if (fence === undefined) return
    if (pieces.length > 0) {
      const part = `part-${String(marker.checkpointId).padStart(8, '0')}${ending}`
      // Complete and durable under another name first: whoever sees the part sees all of it. It is there already when the
      // process died between part and marker; then it holds the output of the same checkpoint.
      await this.#publish(`${part}-${marker.epoch}`, pieces, `${directory}/${part}`)
      await fileSystem.syncDirectory(directory)
    }
    await this.#create(`commit-${marker.checkpointId}-${marker.madeBy}`)
    await this.#removeMarkersBelow(fence, marker.checkpointId)
  }

  /** The first job and sink to write here own the folder for ever: others would mix their parts with theirs. */
  async #own(epoch: number): Promise<void> {
    const { fileSystem, directory, sink } = this.#options
    const owner = `${this.#bookkeeping}/owner`
    const self = `sink '${sink.sinkUid}' of job '${sink.jobId}'`
    if ((await fileSystem.status(owner)) === undefined) {
      const [foreign] = (await fileSystem.list(directory)).filter((name) => !name.startsWith('.'))
      if (foreign !== undefined) throw refusal(directory, `empty, got one with ${foreign}`, self)
      await this.#publish(`owner-${epoch}`, [self], owner)
      await fileSystem.syncDirectory(this.#bookkeeping)
    }
    const found = await this.#read(owner)
    if (found !== self) throw refusal(directory, `its own, got the one of ${found}`, self)
  }

  async #fence(): Promise<CommitFence | undefined> {
    const names = await this.#options.fileSystem.list(this.#bookkeeping)
    const epochs = names.flatMap((name) => numbersOf(/^claim-(\d+)$/, name).slice(0, 1))
    if (epochs.length === 0) return undefined
    let committed: CommitFence['committed']
    for (const name of names) {
      const [checkpointId, madeBy] = numbersOf(/^commit-(\d+)-(\d+)$/, name)
      if (checkpointId === undefined || madeBy === undefined) continue
      if (committed === undefined || checkpointId > committed.checkpointId)
        committed = { checkpointId, madeBy }
    }
    return { epoch: Math.max(...epochs), committed }
  }

  async #create(name: string): Promise<void> {
    const { fileSystem } = this.#options
    const file = await fileSystem.open(`${this.#bookkeeping}/${name}`, 'create')
    await file.close()
    await fileSystem.syncDirectory(this.#bookkeeping)
  }

  async #publish(draft: string, pieces: readonly string[], target: string): Promise<void> {
    const { fileSystem } = this.#options
    const path = `${this.#bookkeeping}/${draft}`
    const encoder = new TextEncoder()
    const file = await fileSystem.open(path, 'create')
    try {
      for (const piece of pieces) await file.write(encoder.encode(piece))
      await file.sync()
    } finally {
      await file.close()
    }
    await fileSystem.linkExclusive(path, target)
    await fileSystem.remove(path)
  }

  /** Their names would become many; the highest says it all. */
  async #removeMarkersBelow(fence: CommitFence, checkpointId: number): Promise<void> {
    const { fileSystem } = this.#options
    for (const name of await fileSystem.list(this.#bookkeeping)) {
      const [epoch] = numbersOf(/^claim-(\d+)$/, name)
      const [committed] = numbersOf(/^commit-(\d+)-\d+$/, name)
      if ((epoch ?? fence.epoch) < fence.epoch || (committed ?? checkpointId) < checkpointId) {
        await fileSystem.remove(`${this.#bookkeeping}/${name}`)
      }
    }
  }

  async #read(path: string): Promise<string> {
    const { fileSystem } = this.#options
    const file = await fileSystem.open(path, 'read')
    try {
      return new TextDecoder().decode(await file.read(0, maxOwnerBytes))
    } finally {
      await file.close()
    }
  }
}

const maxOwnerBytes = 4_096

function numbersOf(pattern: RegExp, name: string): readonly number[] {
  return (pattern.exec(name) ?? []).slice(1).map(Number)
}

function refusal(directory: string, expected: string, self: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected the output folder ${directory} of ${self} to be ${expected}; name another folder, or empty this one`,
    { details: { path: directory, config: 'directory' } },
  )
}
