// Runs the contract suite on the simulated twin of LevelDB.
import { runInBackground } from '../simulation/run-in-background.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { SimulatedDatabase } from '../simulation/simulated-database.js'
import { SimulatedWorld } from '../simulation/simulated-world.js'
import { describeCheckpointStorage } from '../testing/contracts/checkpoint-storage.contract.js'
import { KeyValueCheckpointStorage } from './key-value-checkpoint-storage.js'

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describeCheckpointStorage('KeyValueCheckpointStorage on a simulated database', async () => {
  const world = new SimulatedWorld({ seed: 1 })
  const process = world.incarnation('job')
  const database = new SimulatedDatabase(world)
  const stop = runInBackground(world, macrotask)
  const open = async (): Promise<KeyValueCheckpointStorage> =>
    await KeyValueCheckpointStorage.open({ store: await database.open(process), digest: simulatedDigest })
  let storage = await open()
  return {
    storage,
    digest: simulatedDigest,
    reopen: async () => {
      await storage.close()
      storage = await open()
      return storage
    },
    cleanUp: stop,
  }
})
