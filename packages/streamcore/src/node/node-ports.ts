/** All ports of production in one bundle. */
import { InMemoryMetrics } from '../contracts/ports/in-memory-metrics.js'
import type { Logger } from '../contracts/ports/logger.js'
import type { Metrics } from '../contracts/ports/metrics.js'
import type { Ports } from '../contracts/ports/ports.js'
import { NodeClock } from './node-clock.js'
import { nodeDigest } from './node-digest.js'
import { nodeRandom } from './node-random.js'
import { NodeScheduler } from './node-scheduler.js'
import { type LogLevel, TextLogger } from './text-logger.js'

/** What may be replaced in {@link nodePorts}. */
export interface NodePortsOptions {
  readonly logLevel?: LogLevel
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/** System clock, seeded randomness, round-robin scheduling, log lines on standard error, metrics in memory. */
export function nodePorts(options: NodePortsOptions = {}): Ports {
  const clock = new NodeClock()
  return {
    clock,
    random: nodeRandom(),
    scheduler: new NodeScheduler(),
    digest: nodeDigest,
    logger: options.logger ?? new TextLogger({ clock, level: options.logLevel ?? 'info' }),
    metrics: options.metrics ?? new InMemoryMetrics(),
  }
}
