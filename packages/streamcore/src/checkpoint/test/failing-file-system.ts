/** Real files of which one chosen call fails, before or after it took effect, and whoever uses a failed file again is told of. */
import { StreamcoreError } from '../../contracts/errors.js'
import type { FileStatus, FileSystem, OpenFile, OpenMode } from '../../contracts/ports/file-system.js'

/** When and how a call fails. */
export interface FailingCall {
  /** Counts all calls from 1; none fails where it is 0. */
  readonly number: number
  readonly reason: 'EIO' | 'ENOSPC'
  /** Whether the disk has done what was asked before it says that it has not. */
  readonly hasEffect: boolean
}

/** Counts the calls of all file systems made with it. */
export class FailingCalls {
  count = 0
  /** Uses of a file after an error on it, other than closing it; must stay empty. */
  readonly misuses: string[] = []
  readonly #failing: FailingCall

  constructor(failing: FailingCall) {
    this.#failing = failing
  }

  /** Does a call, or lets it fail; `discard` gets what nobody is told of. */
  async run<T>(name: string, call: () => Promise<T>, discard?: (value: T) => Promise<void>): Promise<T> {
    const { number, reason, hasEffect } = this.#failing
    if (++this.count !== number) return await call()
    if (hasEffect) {
      const value = await call()
      await discard?.(value)
    }
    throw new StreamcoreError('STREAMCORE_IO', `Expected to ${name}, got: ${reason}`)
  }
}

/** `inner` with failing calls. */
export function failingFileSystem(inner: FileSystem, calls: FailingCalls): FileSystem {
  return {
    open: async (path: string, mode: OpenMode): Promise<OpenFile> =>
      failingFile(
        await calls.run(
          `open ${path}`,
          () => inner.open(path, mode),
          (file) => file.close(),
        ),
        path,
        calls,
      ),
    status: (path: string): Promise<FileStatus | undefined> =>
      calls.run(`look at ${path}`, () => inner.status(path)),
    rename: (source, target) => calls.run(`rename ${source}`, () => inner.rename(source, target)),
    linkExclusive: (source, target) => calls.run(`link ${source}`, () => inner.linkExclusive(source, target)),
    remove: (path) => calls.run(`remove ${path}`, () => inner.remove(path)),
    list: (directory) => calls.run(`list ${directory}`, () => inner.list(directory)),
    makeDirectory: (path) => calls.run(`make ${path}`, () => inner.makeDirectory(path)),
    syncDirectory: (path) => calls.run(`sync ${path}`, () => inner.syncDirectory(path)),
  }
}

function failingFile(inner: OpenFile, path: string, calls: FailingCalls): OpenFile {
  let hasFailed = false
  const use = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    if (hasFailed) calls.misuses.push(`${name} ${path}`)
    try {
      return await calls.run(`${name} ${path}`, call)
    } catch (error) {
      hasFailed = true
      throw error
    }
  }
  return {
    write: (bytes) => use('write', () => inner.write(bytes)),
    read: (position, length) => use('read', () => inner.read(position, length)),
    sync: () => use('sync', () => inner.sync()),
    close: () => inner.close(),
  }
}
