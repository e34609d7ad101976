// Runs the contract suite on the files of this machine.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeFileSystem } from '../testing/contracts/file-system.contract.js'
import { NodeFileSystem } from './node-file-system.js'

describeFileSystem('NodeFileSystem', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-files-'))
  return {
    fileSystem: new NodeFileSystem(),
    directory,
    cleanUp: () => rm(directory, { recursive: true }),
  }
})
