/** The ports of tests: nothing of them depends on the machine, so a test is the same everywhere. */
import type { Clock } from '../contracts/ports/clock.js'
import { InMemoryMetrics } from '../contracts/ports/in-memory-metrics.js'
import type { Logger } from '../contracts/ports/logger.js'
import type { Ports } from '../contracts/ports/ports.js'
import type { Scheduler } from '../contracts/ports/scheduler.js'
import { SeededRandom } from '../contracts/ports/seeded-random.js'
import { ManualClock } from './manual-clock.js'
import { RecordingLogger } from './recording-logger.js'
import { simulatedDigest } from './simulated-digest.js'
import { TurnScheduler } from './turn-scheduler.js'

/** What may be replaced in {@link testPorts}. */
export interface TestPortsOptions {
  readonly clock?: Clock
  readonly logger?: Logger
  readonly scheduler?: Scheduler
  readonly seed?: number
}

/** A clock set by hand, round-robin turns, seeded randomness, lines and metrics kept in memory. */
export function testPorts(options: TestPortsOptions = {}): Ports {
  return {
    clock: options.clock ?? new ManualClock(),
    random: new SeededRandom(options.seed ?? 1),
    scheduler: options.scheduler ?? new TurnScheduler(),
    digest: simulatedDigest,
    logger: options.logger ?? new RecordingLogger(),
    metrics: new InMemoryMetrics(),
  }
}
