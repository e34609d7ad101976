// Runs the contract suite on the storage that lives in memory.
import { nodeDigest } from '../node/node-digest.js'
import { describeCheckpointStorage } from '../testing/contracts/checkpoint-storage.contract.js'
import { MemoryCheckpointStorage } from './memory-checkpoint-storage.js'

describeCheckpointStorage('MemoryCheckpointStorage', async () => {
  const storage = new MemoryCheckpointStorage(nodeDigest)
  return { storage, digest: nodeDigest, reopen: async () => storage, cleanUp: async () => {} }
})
