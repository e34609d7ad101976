/** The simulated disk as the file system of one process. */
import { assert } from '../contracts/assert.js'
import type { FileStatus, FileSystem, OpenFile, OpenMode } from '../contracts/ports/file-system.js'
import type { DirectoryEntries } from './directory-entries.js'
import { type CallEffects, type DiskOperation, ioError, nameOf, parentOf } from './disk-call.js'
import type { Incarnation } from './incarnation.js'
import { Inode } from './inode.js'
import type { SimulatedDisk } from './simulated-disk.js'

/** Passes the contract suite of real file systems. */
export class SimulatedFileSystem implements FileSystem {
  readonly #disk: SimulatedDisk
  readonly #incarnation: Incarnation

  constructor(disk: SimulatedDisk, incarnation: Incarnation) {
    this.#disk = disk
    this.#incarnation = incarnation
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    const inode = await this.#call('open', path, { apply: () => this.#opened(path, mode) })
    return new SimulatedFile({ disk: this.#disk, incarnation: this.#incarnation, inode, path })
  }

  status(path: string): Promise<FileStatus | undefined> {
    return this.#call('status', path, {
      apply: () => {
        if (this.#disk.directory(path)) return { sizeBytes: 0, isDirectory: true, modifiedMs: 0 }
        const inode = this.#find(path)
        return inode && { sizeBytes: inode.sizeBytes, isDirectory: false, modifiedMs: inode.modifiedMs }
      },
    })
  }

  rename(source: string, target: string): Promise<void> {
    const apply = (): void => {
      const inode = this.#existing('rename', source)
      const from = this.#directoryOf('rename', source)
      const to = this.#directoryOf('rename', target)
      if (from === to) return from.rename(nameOf(source), nameOf(target), inode)
      to.add(nameOf(target), inode)
      from.remove(nameOf(source))
    }
    return this.#call('rename', source, this.#orBoth(apply))
  }

  linkExclusive(source: string, target: string): Promise<boolean> {
    const apply = (): boolean => {
      const inode = this.#existing('linkExclusive', source)
      const directory = this.#directoryOf('linkExclusive', target)
      if (directory.get(nameOf(target)) || this.#disk.directory(target)) return false
      directory.add(nameOf(target), inode)
      return true
    }
    return this.#call('linkExclusive', target, this.#orBoth(apply))
  }

  remove(path: string): Promise<void> {
    return this.#call(
      'remove',
      path,
      this.#orBoth(() => this.#disk.directory(parentOf(path))?.remove(nameOf(path))),
    )
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#call('list', directory, {
      apply: () => {
        const files = this.#disk.directory(directory)?.names() ?? []
        return [...files, ...this.#disk.directoriesIn(directory)].sort()
      },
    })
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call('makeDirectory', path, { apply: () => this.#disk.makeDirectory(path) })
  }

  syncDirectory(path: string): Promise<void> {
    return this.#call('syncDirectory', path, {
      apply: () => {
        const directory = this.#disk.directory(path)
        if (!directory) throw ioError({ operation: 'syncDirectory', path }, 'ENOENT')
        directory.sync()
      },
    })
  }

  #opened(path: string, mode: OpenMode): Inode {
    if (mode === 'read') return this.#existing('open', path)
    const existing = this.#find(path)
    if (existing && mode === 'create-exclusive') throw ioError({ operation: 'open', path }, 'EEXIST')
    if (existing && mode === 'create') existing.truncate()
    if (existing) return existing
    const inode = new Inode(this.#disk.world.wallMs)
    this.#directoryOf('open', path).add(nameOf(path), inode)
    return inode
  }

  #find(path: string): Inode | undefined {
    return this.#disk.directory(parentOf(path))?.get(nameOf(path))
  }

  #existing(operation: DiskOperation, path: string): Inode {
    const inode = this.#find(path)
    if (!inode) throw ioError({ operation, path }, 'ENOENT')
    return inode
  }

  #directoryOf(operation: DiskOperation, path: string): DirectoryEntries {
    const directory = this.#disk.directory(parentOf(path))
    if (!directory) throw ioError({ operation, path }, 'ENOENT')
    return directory
  }

  /** A change of names that fails has happened or has not. */
  #orBoth<T>(apply: () => T): CallEffects<T> {
    return {
      apply,
      partly: () => {
        if (this.#disk.world.random.below(2) === 0) apply()
      },
    }
  }

  #call<T>(operation: DiskOperation, path: string, effects: CallEffects<T>): Promise<T> {
    return this.#disk.call(this.#incarnation, { operation, path }, effects)
  }
}

interface FileOptions {
  readonly disk: SimulatedDisk
  readonly incarnation: Incarnation
  readonly inode: Inode
  readonly path: string
}

class SimulatedFile implements OpenFile {
  readonly #options: FileOptions
  #state: 'open' | 'failed' | 'closed' = 'open'

  constructor(options: FileOptions) {
    this.#options = options
  }

  write(bytes: Uint8Array): Promise<void> {
    const { inode, disk } = this.#options
    const copy = bytes.slice()
    return this.#call('write', {
      apply: () => inode.append(copy, disk.world.wallMs),
      partly: () =>
        inode.append(copy.subarray(0, disk.world.random.below(copy.length + 1)), disk.world.wallMs),
    })
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#call('read', { apply: () => this.#options.inode.read(position, length) })
  }

  sync(): Promise<void> {
    const { inode } = this.#options
    return this.#call('sync', { apply: () => inode.sync(), partly: () => inode.failSync() })
  }

  async close(): Promise<void> {
    this.#state = 'closed'
  }

  async #call<T>(operation: DiskOperation, effects: CallEffects<T>): Promise<T> {
    const { disk, incarnation, path } = this.#options
    assert(this.#state === 'open', `a file that failed or was closed is not used again: ${operation} ${path}`)
    try {
      return await disk.call(incarnation, { operation, path }, effects)
    } catch (error) {
      this.#state = 'failed'
      throw error
    }
  }
}
