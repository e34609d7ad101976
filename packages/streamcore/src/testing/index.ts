/** What tests of jobs need: harnesses, a clock set by hand, whole jobs in memory. No test runner is imported. */

export type { Emission } from './emissions.js'
export {
  CoKeyedHarness,
  coKeyedHarness,
  type CoKeyedHarnessOptions,
  KeyedHarness,
  keyedHarness,
  type KeyedHarnessOptions,
} from './keyed-harness.js'
export { element, element2, endOfInput, type KeyedStep, processingTime, watermark } from './keyed-step.js'
export { ManualClock } from './manual-clock.js'
export { MemoryJobState, type MemoryJobOptions, runToEnd, startInMemory } from './memory-job.js'
export { MemoryTarget } from './memory-target.js'
export { type LogLine, RecordingLogger } from './recording-logger.js'
export { simulatedDigest } from './simulated-digest.js'
export { testPorts, type TestPortsOptions } from './test-ports.js'
export {
  BroadcastHarness,
  broadcastHarness,
  type BroadcastHarnessOptions,
  keyedBroadcastHarness,
  type KeyedBroadcastHarnessOptions,
  ProcessHarness,
  processHarness,
  type ProcessHarnessOptions,
} from './unkeyed-harness.js'
export {
  verifyBroadcast,
  type VerifyBroadcastOptions,
  verifyKeyedBroadcast,
  type VerifyKeyedBroadcastOptions,
  verifyProcess,
  type VerifyProcessOptions,
} from './verify-unkeyed.js'
export {
  KeyedVerificationError,
  type SideExpectation,
  sideOutputOf,
  verifyCoKeyed,
  type VerifyCoKeyedOptions,
  verifyKeyed,
  type VerifyKeyedOptions,
  type VerifyOptions,
} from './verify-keyed.js'
