/** The simulated world: seeded twins of everything a job touches. */

export {
  type SimulatedClientOptions,
  type SimulatedLink,
  type SimulatedServiceFaults,
} from './simulated-link.js'
export { type SimulatedLogCommit, SimulatedPartitionedLog } from './simulated-partitioned-log.js'
