// Runs the contract suite on real files.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeDigest } from '../node/node-digest.js'
import { NodeFileSystem } from '../node/node-file-system.js'
import { describeCheckpointStorage } from '../testing/contracts/checkpoint-storage.contract.js'
import { DirectoryCheckpointStorage } from './directory-checkpoint-storage.js'

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
