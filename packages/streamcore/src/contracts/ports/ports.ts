/** The bundle of ports that an executor is given. */
import type { Clock } from './clock.js'
import type { Digest } from './digest.js'
import type { Logger } from './logger.js'
import type { Metrics } from './metrics.js'
import type { Random } from './random.js'
import type { Scheduler } from './scheduler.js'

/** Everything non-deterministic a running job needs, storage and connections aside. */
export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly scheduler: Scheduler
  readonly digest: Digest
  readonly logger: Logger
  readonly metrics: Metrics
}
