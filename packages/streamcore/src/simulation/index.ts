/** The simulated world: seeded twins of everything a job touches. */

export { SeededRandom } from '../contracts/ports/seeded-random.js'
export type { DiskCall, DiskFault, DiskOperation } from './disk-call.js'
export {
  Incarnation,
  type IncarnationOptions,
  type IncarnationState,
  type RequestOptions,
} from './incarnation.js'
export { type LogLine, RecordingLogger } from '../testing/recording-logger.js'
export { runInBackground } from './run-in-background.js'
export { simulatedDigest } from '../testing/simulated-digest.js'
export {
  type DatabaseCall,
  type DatabaseOperation,
  SimulatedDatabase,
  type SimulatedDatabaseOptions,
} from './simulated-database.js'
export { SimulatedDisk, type SimulatedDiskOptions } from './simulated-disk.js'
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
export { simulatedStateBackend, type SimulatedStateBackendOptions } from './simulated-state-backend.js'
export type { SimulatedTable } from './simulated-tables.js'
export { type RunEnd, SimulatedWorld, type SimulatedWorldOptions } from './simulated-world.js'
export { VirtualClock } from './virtual-clock.js'
export { type FaultKinds, type FaultPlan, type ProcessFault } from './fault-plan.js'
export { type LogScenarioOptions, logScenario, type TopicRecords } from './log-scenario.js'
export { multisetViolations } from './multiset-violations.js'
export { probeJob, probeScenario } from './probe-job.js'
export {
  type PreparedScenario,
  type ScenarioSetup,
  type SeedRun,
  type SimulatedJob,
  simulated,
  simulateJob,
  type SimulateJobOptions,
  simulateSeed,
  type SimulationFailure,
  type SimulationReport,
} from './simulate-job.js'
export type { SimulatedBackendChoice, SimulatedRunResult } from './simulated-run.js'
export type { SimulatedScenario } from './simulated-scenario.js'
export { stateProbeJob, stateProbeMustOccur, stateProbeOptions } from './state-probe.js'
export { SimulationMarks } from './simulation-marks.js'
