/** Durable state that is encrypted at rest. */
import { EncryptedCheckpointStorage } from '../../checkpoint/encrypted-checkpoint-storage.js'
import type { DurableState } from '../execute.js'
import { aesGcmCipher } from './aes-gcm-cipher.js'
import type { KeyRing } from './key-ring.js'

/**
 * Encrypts the checkpoints and savepoints of another durable state, among them the output that waits for its commit:
 * `encryptedState(directoryState('./state'), keyRingFile('./keys.json'))`. The newest key of the ring writes; a key may go
 * once no checkpoint needs it any more.
 */
export function encryptedState(inner: DurableState, keys: KeyRing): DurableState {
  const cipher = aesGcmCipher(keys)
  return {
    ...inner,
    isEncrypted: true,
    openStorage: async (jobId, ports) => {
      // A ring that can not be used is found before anything is opened.
      await keys.newest()
      const storage = await inner.openStorage(jobId, ports)
      return new EncryptedCheckpointStorage({ inner: storage, cipher, digest: ports.digest, jobId })
    },
    protectSavepoint: (storage, digest, jobId) =>
      new EncryptedCheckpointStorage({ inner: storage, cipher, digest, jobId }),
  }
}
