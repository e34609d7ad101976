/** Counts fates as metrics: how many versions went which way, and how many of them had to wait first. */
import type { AtLeastOnceSink, Counter, Metrics, SinkWriter } from 'streamcore'
import type { AuditEvent, Fate } from '../operators/audit-event.js'

/** Counts versions per `fate`. */
export const fatesMetric = 'import_fates_total'
/** Counts those among them that had waited for something they refer to. */
export const waitedMetric = 'import_waited_total'

/** A sink into the job's metrics. After a restart what was not in a checkpoint is counted again. */
export function fateCounter(): AtLeastOnceSink<AuditEvent> {
  return Object.freeze<AtLeastOnceSink<AuditEvent>>({
    kind: 'metrics',
    delivery: 'at-least-once',
    config: null,
    createWriter: ({ ports }) => Promise.resolve(new FateWriter(ports.metrics)),
  })
}

class FateWriter implements SinkWriter<AuditEvent, never> {
  readonly #metrics: Metrics
  readonly #fates = new Map<Fate, Counter>()
  readonly #waited: Counter

  constructor(metrics: Metrics) {
    this.#metrics = metrics
    this.#waited = metrics.counter(waitedMetric)
  }

  write({ fate, sinceMs }: AuditEvent): void {
    const counter = this.#fates.get(fate) ?? this.#metrics.counter(fatesMetric, { fate })
    this.#fates.set(fate, counter)
    counter.add(1)
    if (sinceMs !== undefined) this.#waited.add(1)
  }

  prepareCommit(): readonly never[] {
    return []
  }

  pendingBytes(): number {
    return 0
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
