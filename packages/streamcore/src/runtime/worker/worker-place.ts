/** Where a worker stands among the workers of a run. */
import type { ThreadExchange } from './thread-exchange.js'

/** One worker among those of a run. */
export interface WorkerPlace {
  readonly index: number
  readonly count: number
  /** The channels to and from the others. */
  readonly exchange: ThreadExchange
}
