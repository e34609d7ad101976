/** What tests of jobs and connectors need: harnesses, clocks and the contract suites. */

export { describePartitionedLog, type PartitionedLogFixture } from './contracts/partitioned-log.contract.js'
