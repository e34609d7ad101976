/** Durable state in LevelDB: checkpoints in one store, the lease in files beside it; needs the package `level`. */
import { FileLease } from '../checkpoint/file-lease.js'
import type { DurableState } from './execute.js'
import { NodeFileSystem } from './node-file-system.js'
import { NodeProcessTable } from './node-process-table.js'

/**
 * Keeps each job's state in `<directory>/<jobId>`. LevelDB admits one process at a time, so taking over kills the owner
 * first; beside a stopped owner only `directoryState` can run.
 */
export function levelState(directory: string): DurableState {
  return {
    openStorage: async (jobId) => {
      // Only who chooses LevelDB needs its package.
      const { levelCheckpointStorage } = await import('../leveldb/index.js')
      await new NodeFileSystem().makeDirectory(`${directory}/${jobId}`)
      return await levelCheckpointStorage(`${directory}/${jobId}/leveldb`)
    },
    controlFolder: (jobId) => `${directory}/${jobId}`,
    lease: async (jobId, { clock }) =>
      new FileLease({
        fileSystem: new NodeFileSystem(),
        clock,
        processes: new NodeProcessTable(clock),
        directory: `${directory}/${jobId}`,
        killsOwner: true,
      }),
  }
}
