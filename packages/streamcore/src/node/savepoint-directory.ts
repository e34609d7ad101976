/** The folder of a savepoint: a checkpoint storage of its own with one slot. */
import { DirectoryCheckpointStorage } from '../checkpoint/directory-checkpoint-storage.js'
import { TerminalError } from '../contracts/errors.js'
import { NodeFileSystem } from './node-file-system.js'
import { nodeDigest } from './node-digest.js'

/** Opens a folder that is new or empty, so that a savepoint is never mixed with anything. */
export async function createSavepointDirectory(directory: string): Promise<DirectoryCheckpointStorage> {
  const fileSystem = new NodeFileSystem()
  const names = await fileSystem.list(directory)
  if (names.length > 0) {
    const found = names.includes('slots') ? 'a savepoint, perhaps an unfinished one' : `'${names[0]}'`
    throw new TerminalError(
      'STREAMCORE_CONFIG',
      `Expected the folder of a new savepoint to be missing or empty, but ${directory} holds ${found}; name another folder`,
      { details: { path: directory } },
    )
  }
  return await DirectoryCheckpointStorage.open({ fileSystem, digest: nodeDigest, directory })
}

/**
 * Opens the folder of a savepoint, wherever it was moved to.
 * @throws TerminalError `STREAMCORE_CHECKPOINT_MISSING` when there is none
 */
export async function openSavepointDirectory(directory: string): Promise<DirectoryCheckpointStorage> {
  const fileSystem = new NodeFileSystem()
  if ((await fileSystem.status(`${directory}/slots`))?.isDirectory !== true) {
    throw new TerminalError(
      'STREAMCORE_CHECKPOINT_MISSING',
      `Expected ${directory} to be the folder of a savepoint, but it has no folder 'slots'; give the folder that was named when the savepoint was taken`,
      { details: { path: directory } },
    )
  }
  return await DirectoryCheckpointStorage.open({ fileSystem, digest: nodeDigest, directory })
}
