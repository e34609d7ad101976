/** Opens what a command line names as a checkpoint: the folder of a savepoint, or the state folder of a job. */
import { DirectoryCheckpointStorage } from '../../checkpoint/directory-checkpoint-storage.js'
import { EncryptedCheckpointStorage } from '../../checkpoint/encrypted-checkpoint-storage.js'
import { assertReadable } from '../../checkpoint/encrypted-manifest.js'
import type {
  CheckpointManifest,
  CheckpointSlot,
  CheckpointStorage,
} from '../../contracts/checkpoint-storage.js'
import { TerminalError } from '../../contracts/errors.js'
import { aesGcmCipher } from '../encryption/aes-gcm-cipher.js'
import { keyRingFile } from '../encryption/key-ring.js'
import { nodeDigest } from '../node-digest.js'
import { NodeFileSystem } from '../node-file-system.js'

/** A checkpoint that can be read. */
export interface OpenCheckpoint {
  readonly storage: CheckpointStorage
  readonly manifest: CheckpointManifest
  readonly place: string
}

/** Which checkpoint is opened, and how. */
export interface OpenOptions {
  /** The newest where nothing is said. */
  readonly id?: number | undefined
  /** The file of the keys that have encrypted it. */
  readonly keys?: string | undefined
}

/** Opens a checkpoint in a folder for as long as `use` takes. */
export async function withCheckpoint<T>(
  place: string,
  use: (checkpoint: OpenCheckpoint) => Promise<T>,
  { id, keys }: OpenOptions = {},
): Promise<T> {
  const storage = await openPlace(place, keys)
  try {
    const slots = await storage.slots()
    const complete = slots.filter((slot) => slot.kind === 'checkpoint')
    const manifest = id === undefined ? complete.at(-1) : complete.find((slot) => slot.id === id)
    if (manifest !== undefined) {
      assertReadable(manifest)
      return await use({ storage, manifest, place })
    }
    const found = slots.map(slotText).join(', ')
    throw new TerminalError(
      'STREAMCORE_CHECKPOINT_MISSING',
      `Expected ${place} to hold ${id === undefined ? 'a complete checkpoint' : `checkpoint ${id}`}, got ${found === '' ? 'none' : found}`,
      { details: { path: place } },
    )
  } finally {
    await storage.close()
  }
}

function slotText(slot: CheckpointSlot): string {
  return `${slot.id} (${slot.kind}${slot.kind === 'damaged' ? `: ${slot.reason}` : ''})`
}

async function openPlace(place: string, keys: string | undefined): Promise<CheckpointStorage> {
  const inner = await openStorage(place)
  return keys === undefined ? inner : encryptedPlace(inner, keys, undefined)
}

/** A storage over another one, encrypted with the keys of a file; `jobId`: whose checkpoints are written. */
export function encryptedPlace(
  inner: CheckpointStorage,
  keys: string,
  jobId: string | undefined,
): EncryptedCheckpointStorage {
  const cipher = aesGcmCipher(keyRingFile(keys))
  return new EncryptedCheckpointStorage({ inner, cipher, digest: nodeDigest, jobId })
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
