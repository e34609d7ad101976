/** Where the checkpoints of a simulated job lie, and the lease that goes with it. */
import { DirectoryCheckpointStorage } from '../checkpoint/directory-checkpoint-storage.js'
import { FileLease } from '../checkpoint/file-lease.js'
import { KeyValueCheckpointStorage } from '../checkpoint/key-value-checkpoint-storage.js'
import type { CheckpointStorage } from '../contracts/checkpoint-storage.js'
import type { Lease } from '../contracts/ports/lease.js'
import type { Incarnation } from './incarnation.js'
import type { SimulatedDatabase } from './simulated-database.js'
import type { SimulatedDisk } from './simulated-disk.js'

/** One kind of storage for checkpoints. */
export interface CheckpointGround {
  /** The machine of the n-th process. */
  host(number: number): string
  /** Whether a process ends the one before it. */
  readonly takeOver: boolean
  openStorage(incarnation: Incarnation): Promise<CheckpointStorage>
  lease(incarnation: Incarnation): Lease
}

const directory = 'state/job'

/** Files. Every process runs on a machine of its own, so that a stopped one does not hold the lease. */
export function directoryGround(disk: SimulatedDisk): CheckpointGround {
  return {
    host: (number) => `host-${number}`,
    takeOver: false,
    openStorage: async (incarnation) =>
      await DirectoryCheckpointStorage.open({
        fileSystem: disk.fileSystem(incarnation),
        digest: incarnation.ports.digest,
        directory,
      }),
    lease: (incarnation) => leaseOn(disk, incarnation, false),
  }
}

/** A key-value store, which has one opener: all processes run on one machine, and each kills the one before it. */
export function storeGround(disk: SimulatedDisk, database: SimulatedDatabase): CheckpointGround {
  return {
    host: () => 'host',
    takeOver: true,
    openStorage: async (incarnation) => {
      const store = await database.open(incarnation)
      try {
        return await KeyValueCheckpointStorage.open({ store, digest: incarnation.ports.digest })
      } catch (error) {
        await store.close()
        throw error
      }
    },
    lease: (incarnation) => leaseOn(disk, incarnation, true),
  }
}

function leaseOn(disk: SimulatedDisk, incarnation: Incarnation, killsOwner: boolean): Lease {
  const { ports, processTable } = incarnation
  return new FileLease({
    fileSystem: disk.fileSystem(incarnation),
    clock: ports.clock,
    processes: processTable,
    directory,
    killsOwner,
  })
}
