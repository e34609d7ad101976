/** The state of a keyed operator that has a time to live: what time it is for it, and when something is to be removed. */
import type { Clock } from '../../contracts/ports/clock.js'
import type { KeyedStateBackend, TimeDomain } from '../../contracts/state/keyed-state-backend.js'
import { timeDomains } from '../../state/state-columns.js'
import { TtlStateBinder } from '../../state/ttl/ttl-state-binder.js'
import type { KeyedElementContext } from './keyed-context.js'

/** Options of {@link ExpiringState}. */
export interface ExpiringStateOptions {
  readonly uid: string
  readonly backend: KeyedStateBackend
  readonly clock: Clock
  /** Of the element being processed. */
  readonly context: () => KeyedElementContext
  /** The last watermark whose timers have fired. */
  readonly watermarkMs: () => number
}

/** Binds the operator's states, and removes what has expired between its elements. */
export class ExpiringState {
  readonly binder: TtlStateBinder
  readonly #options: ExpiringStateOptions

  constructor(options: ExpiringStateOptions) {
    const { uid, backend, context } = options
    this.#options = options
    const nowMs = (domain: TimeDomain): number => this.#nowMs(domain)
    this.binder = new TtlStateBinder(backend, { uid, nowMs, currentKey: () => context().key })
  }

  /** Reads state for somebody outside, which neither prolongs nor removes it. */
  look<T>(read: () => T): T {
    // There is no element, so the time is that of the watermark.
    this.#options.context().timestampMs = Number.NEGATIVE_INFINITY
    return this.binder.look(read)
  }

  /** When {@link remove} has something to do, as wall-clock time; -Infinity when it has now. */
  nextWorkMs(): number {
    const isDue = this.binder.nextMs('event') <= this.#options.watermarkMs()
    return isDue ? Number.NEGATIVE_INFINITY : this.binder.nextMs('processing')
  }

  /**
   * Removes what has expired, of up to `max` keys; gives of how many. `mustWait` tells whether it has to go on later, because
   * there is something to wait for.
   */
  remove(max: number, mustWait: (loading: Promise<void> | undefined) => boolean): number {
    let removed = 0
    for (const domain of timeDomains) {
      if (this.binder.nextMs(domain) === Number.POSITIVE_INFINITY) continue
      const untilMs = domain === 'event' ? this.#options.watermarkMs() : this.#options.clock.wallMs()
      while (removed < max) {
        if (mustWait(this.binder.load(domain, untilMs))) return removed
        if (!this.binder.removeExpired(domain, untilMs)) break
        removed++
      }
    }
    return removed
  }

  /** In event time it is as late as the element says, and never earlier than the timers that have fired. */
  #nowMs(domain: TimeDomain): number {
    const { clock, context, watermarkMs } = this.#options
    if (domain === 'processing') return clock.wallMs()
    const { timestampMs } = context()
    return timestampMs === Number.POSITIVE_INFINITY ? watermarkMs() : Math.max(timestampMs, watermarkMs())
  }
}
