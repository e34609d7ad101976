/** Small whole files that a power cut either keeps complete or loses complete. */
import type { FileSystem } from '../contracts/ports/file-system.js'

const readChunkBytes = 4 * 1024 * 1024

/** What {@link createExclusively} creates. */
export interface ExclusiveFile {
  readonly directory: string
  readonly name: string
  /** Name of the file while it is being written, used by nobody else; starts with `tmp-`. */
  readonly temporaryName: string
  readonly bytes: Uint8Array
}

/**
 * Creates a file that appears complete and durable, or not at all; false when the name is taken.
 * Exactly one of several callers, also in several processes, gets true.
 */
export async function createExclusively(fileSystem: FileSystem, file: ExclusiveFile): Promise<boolean> {
  const temporary = `${file.directory}/${file.temporaryName}`
  // A left-over might be a second name of a published file; truncating it would damage that file.
  await fileSystem.remove(temporary)
  await writeDurably(fileSystem, temporary, file.bytes)
  const isCreated = await fileSystem.linkExclusive(temporary, `${file.directory}/${file.name}`)
  if (isCreated) await fileSystem.syncDirectory(file.directory)
  await fileSystem.remove(temporary)
  return isCreated
}

/** Writes a new file and makes its content durable; its name is durable once the directory is synced. */
export async function writeDurably(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await fileSystem.open(path, 'create')
  try {
    await file.write(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A whole file; undefined when it is missing, its size alone when that is more than `bytesMax`. */
export async function readWholeFile(
  fileSystem: FileSystem,
  path: string,
  bytesMax: number,
): Promise<Uint8Array | { readonly tooLarge: number } | undefined> {
  const status = await fileSystem.status(path)
  if (status === undefined) return undefined
  if (status.sizeBytes > bytesMax) return { tooLarge: status.sizeBytes }
  const file = await fileSystem.open(path, 'read')
  try {
    const bytes = new Uint8Array(status.sizeBytes)
    let filled = 0
    while (filled < bytes.length) {
      const chunk = await file.read(filled, Math.min(readChunkBytes, bytes.length - filled))
      if (chunk.length === 0) break
      bytes.set(chunk, filled)
      filled += chunk.length
    }
    return bytes.subarray(0, filled)
  } finally {
    await file.close()
  }
}
