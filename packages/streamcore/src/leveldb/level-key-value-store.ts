/** A key-value store in a LevelDB directory. */
import { mkdir, open, realpath, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Level } from 'level'
import { messageOf, StreamcoreError } from '../contracts/errors.js'
import type {
  KeyValueEntry,
  KeyValueOperation,
  KeyValueRange,
  KeyValueStore,
} from '../contracts/ports/key-value-store.js'
import { claimDirectory, releaseDirectory } from './open-directories.js'
import { openValue, sealValue } from './sealed-value.js'

type Database = Level<string, Uint8Array>

/** Options of {@link LevelKeyValueStore.open}. */
export interface LevelKeyValueStoreOptions {
  /**
   * Working state: not compressed, in larger files, each value under a checksum, and removed with its directory when the store
   * is closed. Other users seal what they store by themselves.
   */
  readonly isTemporary?: boolean
}

/** Fewer and larger files than LevelDB makes by itself: its state is read at random and rewritten all the time. */
const temporarySettings = {
  compression: false,
  writeBufferSize: 16 * 1_024 * 1_024,
  cacheSize: 16 * 1_024 * 1_024,
  maxFileSize: 16 * 1_024 * 1_024,
}

/**
 * One opener per directory, within and between processes. After its first error a store refuses all further use: LevelDB
 * stays failed for ever, and whether a failed batch is there shows only when the directory is opened anew.
 */
export class LevelKeyValueStore implements KeyValueStore {
  readonly #database: Database
  readonly #directory: string
  readonly #isTemporary: boolean
  #failure: unknown
  #state: 'open' | 'failed' | 'closed' = 'open'

  private constructor(database: Database, directory: string, isTemporary: boolean) {
    this.#database = database
    this.#directory = directory
    this.#isTemporary = isTemporary
  }

  /**
   * Opens a directory, creating it where it is missing.
   * @throws StreamcoreError `STREAMCORE_LEASE_HELD` when somebody has it open, `STREAMCORE_IO` when LevelDB can not read it
   */
  static async open(directory: string, options: LevelKeyValueStoreOptions = {}): Promise<LevelKeyValueStore> {
    const isTemporary = options.isTemporary ?? false
    const path = await createDirectory(directory, { isDurable: !isTemporary })
    claimDirectory(path)
    try {
      const database: Database = new Level<string, Uint8Array>(path, {
        keyEncoding: 'utf8',
        valueEncoding: 'view',
        ...(isTemporary ? temporarySettings : {}),
      })
      await database.open()
      return new LevelKeyValueStore(database, path, isTemporary)
    } catch (error) {
      releaseDirectory(path)
      throw openError(path, error)
    }
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#attempt(async () => this.#opened(key, await this.#database.get(key)))
  }

  getSync(key: string): Uint8Array | undefined {
    this.#checkUsable()
    try {
      return this.#opened(key, this.#database.getSync(key))
    } catch (error) {
      throw this.#fail(error)
    }
  }

  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#attempt(async () => {
      const values = await this.#database.getMany([...keys])
      return this.#isTemporary ? values.map((value, index) => this.#opened(keys[index] ?? '', value)) : values
    })
  }

  batch(operations: readonly KeyValueOperation[], options: { readonly sync: boolean }): Promise<void> {
    return this.#attempt(async () => {
      if (operations.length === 0) return
      // An array of operations would be copied one by one into objects, which takes twice as long.
      const batch = this.#database.batch()
      try {
        for (const operation of operations) {
          const { key } = operation
          if (operation.kind === 'delete') batch.del(key)
          else batch.put(key, this.#isTemporary ? sealValue(key, operation.value) : operation.value)
        }
        await batch.write({ sync: options.sync })
      } finally {
        await batch.close()
      }
    })
  }

  entries(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    return this.#attempt(async () => {
      const { gte, lt, limit, reverse = false } = range
      const entries = await this.#database.iterator({ gte, lt, limit, reverse }).all()
      return entries.map(([key, value]) => ({
        key,
        value: this.#isTemporary ? openValue(key, value) : value,
      }))
    })
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    try {
      await this.#database.close()
    } catch (error) {
      // The directory stays claimed: nobody knows whether LevelDB still has it open.
      throw this.#ioError('close', error)
    }
    try {
      if (this.#isTemporary) await rm(this.#directory, { recursive: true, force: true })
    } catch (error) {
      throw this.#ioError('remove', error)
    } finally {
      releaseDirectory(this.#directory)
    }
  }

  #opened(key: string, value: Uint8Array | undefined): Uint8Array | undefined {
    return value !== undefined && this.#isTemporary ? openValue(key, value) : value
  }

  async #attempt<T>(run: () => Promise<T>): Promise<T> {
    this.#checkUsable()
    try {
      return await run()
    } catch (error) {
      throw this.#fail(error)
    }
  }

  #checkUsable(): void {
    if (this.#state === 'open') return
    const why = this.#state === 'closed' ? 'it was closed' : `it failed before: ${messageOf(this.#failure)}`
    throw new StreamcoreError(
      'STREAMCORE_IO',
      `Expected the LevelDB directory ${this.#directory} to be usable, but ${why}; open it anew`,
      { cause: this.#failure, details: { path: this.#directory } },
    )
  }

  #fail(error: unknown): StreamcoreError {
    if (this.#state === 'open') {
      this.#state = 'failed'
      this.#failure = error
    }
    return this.#ioError('use', error)
  }

  #ioError(action: string, error: unknown): StreamcoreError {
    return new StreamcoreError(
      'STREAMCORE_IO',
      `Expected to ${action} the LevelDB directory ${this.#directory}, got: ${messageOf(error)}; check the disk, then start again`,
      { cause: error, details: { path: this.#directory } },
    )
  }
}

/** The directory's real path: two names of one directory are one directory. */
async function createDirectory(
  directory: string,
  { isDurable }: { readonly isDurable: boolean },
): Promise<string> {
  try {
    const first = await mkdir(directory, { recursive: true, mode: 0o700 })
    if (first !== undefined && isDurable) await syncCreated(resolve(first), resolve(directory))
    return await realpath(directory)
  } catch (error) {
    throw new StreamcoreError(
      'STREAMCORE_IO',
      `Expected to create the LevelDB directory ${directory}, got: ${messageOf(error)}`,
      { cause: error, details: { path: directory } },
    )
  }
}

/** Each new directory is a name in its parent, and that name has to survive a power cut too. */
async function syncCreated(first: string, last: string): Promise<void> {
  for (let created = last; created.length >= first.length; created = dirname(created))
    await syncNames(dirname(created))
}

async function syncNames(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function openError(path: string, error: unknown): StreamcoreError {
  const cause = error instanceof Error ? error.cause : undefined
  const isLocked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
  const options = { cause: error, details: { path } }
  if (isLocked) {
    return new StreamcoreError(
      'STREAMCORE_LEASE_HELD',
      `Expected the LevelDB directory ${path} to be free, but another process has it open; stop that process, or start with --take-over`,
      options,
    )
  }
  const reason = cause === undefined ? messageOf(error) : messageOf(cause)
  return new StreamcoreError(
    'STREAMCORE_IO',
    `Expected to open the LevelDB directory ${path}, got: ${reason}; restore it from a backup, or start a new lineage from a savepoint`,
    options,
  )
}
