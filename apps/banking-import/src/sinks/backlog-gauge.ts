/** Shows as metrics how many versions wait by each foreign key, and how many did at most. */
import type { AtLeastOnceSink, Gauge, Metrics, SinkWriter } from 'streamcore'
import type { BacklogCount } from '../operators/count-backlog.js'

/** Versions that wait, per `edge`. */
export const backlogMetric = 'import_backlog'
/** The most that have waited at a time, per `edge`. */
export const backlogMaxMetric = 'import_backlog_max'

/** A sink into the job's metrics. */
export function backlogGauge(): AtLeastOnceSink<BacklogCount> {
  return Object.freeze<AtLeastOnceSink<BacklogCount>>({
    kind: 'metrics',
    delivery: 'at-least-once',
    config: null,
    createWriter: ({ ports }) => Promise.resolve(new BacklogWriter(ports.metrics)),
  })
}

class BacklogWriter implements SinkWriter<BacklogCount, never> {
  readonly #metrics: Metrics
  readonly #gauges = new Map<string, { readonly now: Gauge; readonly max: Gauge }>()

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  write({ edge, waiting }: BacklogCount): void {
    const gauges = this.#gauges.get(edge) ?? {
      now: this.#metrics.gauge(backlogMetric, { edge }),
      max: this.#metrics.gauge(backlogMaxMetric, { edge }),
    }
    this.#gauges.set(edge, gauges)
    gauges.now.set(waiting)
    if (waiting > gauges.max.value()) gauges.max.set(waiting)
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
