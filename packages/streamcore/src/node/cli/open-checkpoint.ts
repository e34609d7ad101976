/** Opens what a command line names as a checkpoint: the folder of a savepoint, or the state folder of a job. */
import { DirectoryCheckpointStorage } from '../../checkpoint/directory-checkpoint-storage.js'
import type { CheckpointManifest, CheckpointStorage } from '../../contracts/checkpoint-storage.js'
import { TerminalError } from '../../contracts/errors.js'
import { nodeDigest } from '../node-digest.js'
import { NodeFileSystem } from '../node-file-system.js'

/** A checkpoint that can be read. */
export interface OpenCheckpoint {
  readonly storage: CheckpointStorage
  readonly manifest: CheckpointManifest
  readonly place: string
}

/** Opens the newest checkpoint in a folder, or the one of this id, for as long as `use` takes. */
export async function withCheckpoint<T>(
  place: string,
  use: (checkpoint: OpenCheckpoint) => Promise<T>,
  id?: number,
): Promise<T> {
  const storage = await openStorage(place)
  try {
    const slots = await storage.slots()
    const complete = slots.filter((slot) => slot.kind === 'checkpoint')
    const manifest = id === undefined ? complete.at(-1) : complete.find((slot) => slot.id === id)
    if (manifest !== undefined) return await use({ storage, manifest, place })
    const found = slots.map((slot) => `${slot.id} (${slot.kind})`).join(', ')
    throw new TerminalError(
      'STREAMCORE_CHECKPOINT_MISSING',
      `Expected ${place} to hold ${id === undefined ? 'a complete checkpoint' : `checkpoint ${id}`}, got ${found === '' ? 'none' : found}`,
      { details: { path: place } },
    )
  } finally {
    await storage.close()
  }
}

async function openStorage(place: string): Promise<CheckpointStorage> {
  const fileSystem = new NodeFileSystem()
  if (await isFolder(fileSystem, `${place}/slots`)) {
    return await DirectoryCheckpointStorage.open({ fileSystem, digest: nodeDigest, directory: place })
  }
  if (await isFolder(fileSystem, `${place}/leveldb`)) {
    const { levelCheckpointStorage } = await import('../../leveldb/index.js')
    return await levelCheckpointStorage(`${place}/leveldb`)
  }
  throw new TerminalError(
    'STREAMCORE_CHECKPOINT_MISSING',
    `Expected ${place} to be the folder of a savepoint or the state folder of a job, ${await whatIsThere(fileSystem, place)}`,
    { details: { path: place } },
  )
}

async function whatIsThere(fileSystem: NodeFileSystem, place: string): Promise<string> {
  const names = await fileSystem.list(place)
  for (const name of names) {
    const isState =
      (await isFolder(fileSystem, `${place}/${name}/slots`)) ||
      (await isFolder(fileSystem, `${place}/${name}/leveldb`))
    if (isState) return `but it holds one: give ${place}/${name}`
  }
  return names.length === 0 ? 'but there is nothing' : "got a folder without 'slots' and without 'leveldb'"
}

async function isFolder(fileSystem: NodeFileSystem, path: string): Promise<boolean> {
  return (await fileSystem.status(path))?.isDirectory === true
}
