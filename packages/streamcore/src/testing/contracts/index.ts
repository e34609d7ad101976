/** The contract suites that every implementation of a port passes; importing them needs vitest. */

export { type CheckpointStorageFixture, describeCheckpointStorage } from './checkpoint-storage.contract.js'
export { describeFileSystem, type FileSystemFixture } from './file-system.contract.js'
export { describeKeyValueStore, type KeyValueStoreFixture } from './key-value-store.contract.js'
export { describeLease, type LeaseFixture, type LeaseHolder } from './lease.contract.js'
export { describePartitionedLog, type PartitionedLogFixture } from './partitioned-log.contract.js'
export {
  clientTable,
  describeRelationalSink,
  orderTable,
  regionTable,
  relationalContractDdl,
  type RelationalSinkFixture,
} from './relational-sink.contract.js'
export { describeTransport, type TransportFixture } from './transport.contract.js'
export {
  describeTwoPhaseCommitSink,
  type TwoPhaseCommitSinkFixture,
} from './two-phase-commit-sink.contract.js'
