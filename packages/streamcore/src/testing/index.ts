/** What tests of jobs and connectors need: harnesses, clocks and the contract suites. */

export {
  type CheckpointStorageFixture,
  describeCheckpointStorage,
} from './contracts/checkpoint-storage.contract.js'
export { describeFileSystem, type FileSystemFixture } from './contracts/file-system.contract.js'
export { describeKeyValueStore, type KeyValueStoreFixture } from './contracts/key-value-store.contract.js'
export { describeLease, type LeaseFixture, type LeaseHolder } from './contracts/lease.contract.js'
export { describePartitionedLog, type PartitionedLogFixture } from './contracts/partitioned-log.contract.js'
export {
  clientTable,
  describeRelationalSink,
  orderTable,
  regionTable,
  relationalContractDdl,
  type RelationalSinkFixture,
} from './contracts/relational-sink.contract.js'
export {
  describeTwoPhaseCommitSink,
  type TwoPhaseCommitSinkFixture,
} from './contracts/two-phase-commit-sink.contract.js'
