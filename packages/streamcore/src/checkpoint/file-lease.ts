/** The lease as files: `epochs/<n>` is created exclusively and says who runs the job in epoch n. */
import { StreamcoreError, TerminalError } from '../contracts/errors.js'
import type { Clock } from '../contracts/ports/clock.js'
import type { FileSystem } from '../contracts/ports/file-system.js'
import type { Lease, ProcessIdentity, ProcessTable } from '../contracts/ports/lease.js'
import { createExclusively, readWholeFile, writeDurably } from './durable-file.js'
import { readObject } from './field-reader.js'

const attemptsMax = 16
const epochsKept = 8
const ownerBytesMax = 4_096

/** What {@link FileLease} works with. */
export interface FileLeaseOptions {
  readonly fileSystem: FileSystem
  readonly processes: ProcessTable
  readonly clock: Clock
  /** The job's folder; the epochs stand in `epochs/` beneath it. */
  readonly directory: string
  /** Take-over first kills the owner and waits until it is gone; needed where its storage can not be opened twice. */
  readonly killsOwner?: boolean
}

interface Owner extends ProcessIdentity {
  readonly acquiredMs: number
}

/** Epochs grow for ever and are durable before they are used, so that none is ever given twice. */
export class FileLease implements Lease {
  readonly #options: FileLeaseOptions
  readonly #directory: string
  #epoch: number | undefined
  /** What this process last wrote to take an epoch, whether or not it was told that it had. */
  #attempt: Owner | undefined

  constructor(options: FileLeaseOptions) {
    this.#options = options
    this.#directory = `${options.directory}/epochs`
  }

  async acquire(options: { readonly takeOver: boolean; readonly above?: number }): Promise<number> {
    await this.#options.fileSystem.makeDirectory(this.#directory)
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const newest = (await this.#epochs()).at(-1) ?? 0
      // Whoever restarts within a process goes on from its own epoch; one that was overtaken meanwhile does not take back.
      const isOwn = newest === this.#epoch || (await this.#isFromAttempt(newest))
      if (this.#epoch !== undefined && newest > this.#epoch && !isOwn) throw this.#overtaken(newest)
      if (newest > 0 && !isOwn) await this.#makeWay(newest, options.takeOver)
      const next = Math.max(newest, options.above ?? 0) + 1
      if (await this.#take(next)) {
        this.#epoch = next
        await this.#removeOldEpochs(next)
        return next
      }
    }
    throw new StreamcoreError(
      'STREAMCORE_LEASE_HELD',
      `Expected to take the next epoch in ${this.#directory}, but other processes took it ${attemptsMax} times; stop all but one of them`,
      { details: { path: this.#directory } },
    )
  }

  async assertCurrent(): Promise<void> {
    const newest = (await this.#epochs()).at(-1) ?? 0
    if (newest !== this.#epoch) throw this.#overtaken(newest)
  }

  async release(): Promise<void> {
    if (this.#epoch === undefined) return
    const { fileSystem } = this.#options
    await writeDurably(fileSystem, `${this.#directory}/released-${this.#epoch}`, new Uint8Array())
    await fileSystem.syncDirectory(this.#directory)
    this.#epoch = undefined
  }

  /** Returns when the owner of an epoch need not be feared. */
  async #makeWay(epoch: number, takeOver: boolean): Promise<void> {
    const { fileSystem, processes, killsOwner = false } = this.#options
    if ((await fileSystem.status(`${this.#directory}/released-${epoch}`)) !== undefined) return
    const owner = await this.#ownerOf(epoch)
    if (owner === undefined) {
      if (takeOver) return
      throw this.#held(epoch, 'an unknown owner (its file is damaged)', 'Make sure that the job does not run')
    }
    // A process of another host can not be judged from here; the epoch fences it.
    if (owner.host !== processes.self().host || !(await processes.isAlive(owner))) return
    const name = `pid ${owner.pid} on ${owner.host} since ${owner.acquiredMs} ms (Unix time)`
    const isSelf = owner.pid === processes.self().pid
    if (isSelf) throw this.#held(epoch, `this very process (${name})`, 'Await the end of the other run')
    if (!takeOver) throw this.#held(epoch, name, 'Stop that process')
    if (killsOwner) await processes.kill(owner)
  }

  /**
   * Whether an epoch was left by an attempt of this process that an I/O error ended after the file was there. Another run of
   * the same millisecond could be taken for it; then both go for the next epoch, which only one of them gets.
   */
  async #isFromAttempt(epoch: number): Promise<boolean> {
    if (epoch === 0 || this.#attempt === undefined) return false
    const owner = await this.#ownerOf(epoch)
    const { host, pid, startedAt, acquiredMs } = this.#attempt
    return (
      owner?.host === host &&
      owner.pid === pid &&
      owner.startedAt === startedAt &&
      owner.acquiredMs === acquiredMs
    )
  }

  async #take(epoch: number): Promise<boolean> {
    const { fileSystem, processes, clock } = this.#options
    const { host, pid, startedAt } = processes.self()
    const owner: Owner = { host, pid, startedAt, acquiredMs: clock.wallMs() }
    this.#attempt = owner
    const isTaken = await createExclusively(fileSystem, {
      directory: this.#directory,
      name: String(epoch),
      temporaryName: `tmp-${epoch}-${host.replace(/[^A-Za-z0-9-]/g, '_')}-${pid}`,
      bytes: new TextEncoder().encode(JSON.stringify(owner)),
    })
    // A process that slept here could find this epoch free again because newer starts had removed it.
    return isTaken && (await this.#epochs()).every((each) => each <= epoch)
  }

  async #ownerOf(epoch: number): Promise<Owner | undefined> {
    const path = `${this.#directory}/${epoch}`
    const bytes = await readWholeFile(this.#options.fileSystem, path, ownerBytesMax)
    if (bytes === undefined || 'tooLarge' in bytes) return undefined
    try {
      const fields = readObject('owner', JSON.parse(new TextDecoder().decode(bytes)))
      return {
        host: fields.string('host'),
        pid: fields.count('pid'),
        startedAt: fields.string('startedAt'),
        acquiredMs: fields.number('acquiredMs'),
      }
    } catch {
      // The caller asks the operator, who alone can know whether the job runs.
      return undefined
    }
  }

  async #epochs(): Promise<readonly number[]> {
    const names = await this.#options.fileSystem.list(this.#directory)
    return names
      .filter((name) => /^\d{1,15}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b)
  }

  async #removeOldEpochs(newest: number): Promise<void> {
    const { fileSystem } = this.#options
    for (const epoch of await this.#epochs()) {
      if (epoch > newest - epochsKept) continue
      await fileSystem.remove(`${this.#directory}/released-${epoch}`)
      await fileSystem.remove(`${this.#directory}/${epoch}`)
    }
  }

  #overtaken(newest: number): TerminalError {
    return new TerminalError(
      'STREAMCORE_FENCED',
      `Expected epoch ${this.#epoch} in ${this.#directory} to be the newest, got ${newest}: another process has taken the job over. This process ends`,
      { details: { path: this.#directory } },
    )
  }

  #held(epoch: number, owner: string, advice: string): StreamcoreError {
    return new StreamcoreError(
      'STREAMCORE_LEASE_HELD',
      `Expected nobody to run this job, but epoch ${epoch} in ${this.#directory} belongs to ${owner}. ${advice}, or start with --take-over`,
      { details: { path: this.#directory } },
    )
  }
}
