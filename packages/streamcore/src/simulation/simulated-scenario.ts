/** The world outside of a simulated job: its services, and what must be true of them in the end. */
import type { Connections } from '../contracts/connection.js'
import type { SimulatedClientOptions } from './simulated-link.js'

/** One run's services and oracle. */
export interface SimulatedScenario {
  /** Fills topics and tables before the first process starts. */
  prepare?(): Promise<void>
  /** The connections as one process reaches them: over a wire that loses, delays and repeats. */
  connections(client: SimulatedClientOptions): Connections
  /** What is wrong in the end; empty when all is well. */
  violations(): readonly string[]
  /** Situations this run has met, for the marks of the report; asked when all is well. */
  situations?(): readonly string[]
  /** Everything that was written, in order: the same seed must give the same. */
  fingerprint?(): string
}
