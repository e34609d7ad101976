/** The simulated world: seeded twins of everything a job touches. */

export {
  type SimulatedClientOptions,
  type SimulatedLink,
  type SimulatedServiceFaults,
} from './simulated-link.js'
export { type SimulatedLogCommit, SimulatedPartitionedLog } from './simulated-partitioned-log.js'
export {
  type SimulatedDatabaseHistory,
  SimulatedRelationalSink,
  type SimulatedWrite,
} from './simulated-relational-sink.js'
export type { SimulatedTable } from './simulated-tables.js'
