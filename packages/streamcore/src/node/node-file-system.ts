/** The files of this machine, with every `fsync` that a power cut asks for. */
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { messageOf, StreamcoreError } from '../contracts/errors.js'
import type { FileStatus, FileSystem, OpenFile, OpenMode } from '../contracts/ports/file-system.js'

const flags = { read: 'r', create: 'w', 'create-exclusive': 'wx', append: 'a' } as const

/** Files of a local file system that has hard links. */
export class NodeFileSystem implements FileSystem {
  open(path: string, mode: OpenMode): Promise<OpenFile> {
    return attempt(`open ${mode}`, path, async () => new NodeFile(path, await open(path, flags[mode], 0o600)))
  }

  status(path: string): Promise<FileStatus | undefined> {
    return attempt('read the status of', path, async () => {
      try {
        const status = await stat(path)
        return { sizeBytes: status.size, isDirectory: status.isDirectory(), modifiedMs: status.mtimeMs }
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    })
  }

  rename(source: string, target: string): Promise<void> {
    return attempt(`rename to ${target}`, source, () => rename(source, target))
  }

  linkExclusive(source: string, target: string): Promise<boolean> {
    return attempt(`link as ${target}`, source, async () => {
      try {
        await link(source, target)
        return true
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false
        throw error
      }
    })
  }

  remove(path: string): Promise<void> {
    return attempt('remove', path, () => rm(path, { force: true }))
  }

  list(directory: string): Promise<readonly string[]> {
    return attempt('list', directory, async () => {
      try {
        return (await readdir(directory)).sort()
      } catch (error) {
        if (isMissing(error)) return []
        throw error
      }
    })
  }

  makeDirectory(path: string): Promise<void> {
    return attempt('create the directory', path, async () => {
      const first = await mkdir(path, { recursive: true, mode: 0o700 })
      if (first === undefined) return
      const firstLength = resolve(first).length
      // Each new directory is a name in its parent, and that name has to survive a power cut too.
      for (let created = resolve(path); created.length >= firstLength; created = dirname(created)) {
        await syncNames(dirname(created))
      }
    })
  }

  syncDirectory(path: string): Promise<void> {
    return attempt('sync the directory', path, () => syncNames(path))
  }
}

class NodeFile implements OpenFile {
  readonly #path: string
  readonly #handle: FileHandle

  constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  write(bytes: Uint8Array): Promise<void> {
    return attempt('write', this.#path, () => this.#handle.writeFile(bytes))
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return attempt('read', this.#path, async () => {
      const bytes = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, position + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return filled === length ? bytes : bytes.subarray(0, filled)
    })
  }

  sync(): Promise<void> {
    return attempt('sync', this.#path, () => this.#handle.sync())
  }

  close(): Promise<void> {
    return attempt('close', this.#path, () => this.#handle.close())
  }
}

async function syncNames(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function attempt<T>(action: string, path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw new StreamcoreError('STREAMCORE_IO', `Expected to ${action} ${path}, got: ${messageOf(error)}`, {
      cause: error,
      details: { path },
    })
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
