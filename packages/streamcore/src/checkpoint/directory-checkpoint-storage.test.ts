// Runs the contract suite on real files and on the simulated disk.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeDigest } from '../node/node-digest.js'
import { NodeFileSystem } from '../node/node-file-system.js'
import { runInBackground } from '../simulation/run-in-background.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { SimulatedDisk } from '../simulation/simulated-disk.js'
import { SimulatedWorld } from '../simulation/simulated-world.js'
import { describeCheckpointStorage } from '../testing/contracts/checkpoint-storage.contract.js'
import { DirectoryCheckpointStorage } from './directory-checkpoint-storage.js'

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describeCheckpointStorage('DirectoryCheckpointStorage on real files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-checkpoints-'))
  const open = (): Promise<DirectoryCheckpointStorage> =>
    DirectoryCheckpointStorage.open({ fileSystem: new NodeFileSystem(), digest: nodeDigest, directory })
  return {
    storage: await open(),
    digest: nodeDigest,
    reopen: open,
    cleanUp: () => rm(directory, { recursive: true }),
  }
})

describeCheckpointStorage('DirectoryCheckpointStorage on a simulated disk', async () => {
  const world = new SimulatedWorld({ seed: 1 })
  const disk = new SimulatedDisk(world)
  const stop = runInBackground(world, macrotask)
  const open = (): Promise<DirectoryCheckpointStorage> =>
    DirectoryCheckpointStorage.open({
      fileSystem: disk.fileSystem(world.incarnation('job')),
      digest: simulatedDigest,
      directory: 'checkpoints',
    })
  return { storage: await open(), digest: simulatedDigest, reopen: open, cleanUp: stop }
})
