/** Checkpoints in a LevelDB directory. */
import { createHash } from 'node:crypto'
import { KeyValueCheckpointStorage } from '../checkpoint/key-value-checkpoint-storage.js'
import type { CheckpointStorage } from '../contracts/checkpoint-storage.js'
import type { Digest } from '../contracts/ports/digest.js'
import { LevelKeyValueStore } from './level-key-value-store.js'

const sha256: Digest = { sha256: (bytes) => createHash('sha256').update(bytes).digest('hex') }

/** Opens the checkpoints of one job. The directory belongs to them alone; only one process at a time may have it open. */
export async function levelCheckpointStorage(directory: string): Promise<CheckpointStorage> {
  const store = await LevelKeyValueStore.open(directory)
  try {
    return await KeyValueCheckpointStorage.open({ store, digest: sha256 })
  } catch (error) {
    await store.close()
    throw error
  }
}
