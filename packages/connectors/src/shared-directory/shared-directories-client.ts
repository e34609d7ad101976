/** What may be open only once per process, by directory: its users share it, and the last one closes it. */
import { resolve } from 'node:path'
import { ownDirectory } from './directory-owner-client.js'

/** How a kind of directory is opened. */
export interface SharedDirectoryKind<T> {
  /** In words, for messages. */
  readonly what: string
  open(path: string): Promise<T>
  close(resource: T): Promise<void>
  /** It failed for good: who comes next opens it anew, and its present users are told with every call. */
  isBroken(resource: T): boolean
}

/** One user's share. */
export interface Share<T> {
  readonly resource: T
  /** Gives the share back; a second call does nothing. */
  release(): Promise<void>
}

interface OpenDirectory<T> {
  readonly resource: T
  readonly disown: () => Promise<void>
  users: number
}

/** The open directories of one kind in this process. */
export class SharedDirectories<T> {
  readonly #kind: SharedDirectoryKind<T>
  readonly #open = new Map<string, OpenDirectory<T>>()
  /** Opening and closing run one after the other: LevelDB loses its lock when a second open in one process fails. */
  #lastTurn: Promise<unknown> = Promise.resolve()

  constructor(kind: SharedDirectoryKind<T>) {
    this.#kind = kind
  }

  /** @throws StreamcoreError `STREAMCORE_LEASE_HELD` naming the process that has the directory open */
  acquire(directory: string): Promise<Share<T>> {
    const path = resolve(directory)
    return this.#inTurn(async () => {
      const known = this.#open.get(path)
      if (known && this.#kind.isBroken(known.resource)) await this.#close(path, known)
      const shared = this.#open.get(path) ?? (await this.#openAnew(path))
      shared.users++
      let isReleased = false
      const release = async () => {
        if (isReleased) return
        isReleased = true
        await this.#inTurn(() => this.#release(path, shared))
      }
      return { resource: shared.resource, release }
    })
  }

  async #openAnew(path: string): Promise<OpenDirectory<T>> {
    const disown = await ownDirectory(path, this.#kind.what)
    try {
      const opened = { resource: await this.#kind.open(path), disown, users: 0 }
      this.#open.set(path, opened)
      return opened
    } catch (error) {
      await disown()
      throw error
    }
  }

  async #release(path: string, shared: OpenDirectory<T>): Promise<void> {
    shared.users--
    // What broke has been closed by whoever opened it anew.
    if (shared.users === 0 && this.#open.get(path) === shared) await this.#close(path, shared)
  }

  async #close(path: string, shared: OpenDirectory<T>): Promise<void> {
    this.#open.delete(path)
    await this.#kind.close(shared.resource)
    await shared.disown()
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const turn = this.#lastTurn.then(work)
    // The next in line runs whatever becomes of this one; its caller hears of the failure.
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }
}
