/** Where a running job listens: `control.sock` in its state folder, or a short path elsewhere that the folder tells. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** Bytes of a socket's path that every platform takes; Linux has room for 107, macOS for 103. */
const pathBytesMax = 100
const fileName = 'control.sock'
const pathFileName = 'control.path'

/** The socket's path and what to remove in the end. */
export interface ControlPlace {
  readonly path: string
  /** The folder made for a short path. */
  readonly folder: string | undefined
}

/** Finds a path for the socket of the job that owns a state folder. */
export async function makeControlPlace(stateFolder: string): Promise<ControlPlace> {
  const path = resolve(stateFolder, fileName)
  const told = join(stateFolder, pathFileName)
  // The socket is bound under a name with the pid and then renamed.
  if (Buffer.byteLength(path) + 12 <= pathBytesMax) {
    await rm(told, { force: true })
    return { path, folder: undefined }
  }
  const folder = await mkdtemp(join(tmpdir(), 'streamcore-'))
  const place = { path: join(folder, fileName), folder }
  await writeFile(told, place.path, { mode: 0o600 })
  return place
}

/** The path on which the job of a state folder would listen. */
export async function controlPathOf(stateFolder: string): Promise<string> {
  try {
    return await readFile(join(stateFolder, pathFileName), 'utf8')
  } catch {
    // Only long paths are told in a file.
    return resolve(stateFolder, fileName)
  }
}

/** Removes what was made for a short path. */
export async function removeControlPlace(place: ControlPlace, stateFolder: string): Promise<void> {
  if (place.folder === undefined) return
  await rm(place.folder, { recursive: true, force: true })
  const told = join(stateFolder, pathFileName)
  const path = await readFile(told, 'utf8').catch(() => '')
  // A newer process may have told its own meanwhile.
  if (dirname(path) === place.folder) await rm(told, { force: true })
}
