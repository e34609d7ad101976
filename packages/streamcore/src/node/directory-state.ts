/** Durable state in a local folder: checkpoints as files, the lease beside them. */
import { DirectoryCheckpointStorage } from '../checkpoint/directory-checkpoint-storage.js'
import { FileLease } from '../checkpoint/file-lease.js'
import type { DurableState } from './execute.js'
import { NodeFileSystem } from './node-file-system.js'
import { NodeProcessTable } from './node-process-table.js'

/** Keeps each job's state in `<directory>/<jobId>`. */
export function directoryState(directory: string): DurableState {
  const fileSystem = new NodeFileSystem()
  return {
    openStorage: async (jobId, { digest }) =>
      await DirectoryCheckpointStorage.open({ fileSystem, digest, directory: `${directory}/${jobId}` }),
    controlFolder: (jobId) => `${directory}/${jobId}`,
    lease: async (jobId, { clock }) =>
      new FileLease({
        fileSystem,
        clock,
        processes: new NodeProcessTable(clock),
        directory: `${directory}/${jobId}`,
      }),
  }
}
