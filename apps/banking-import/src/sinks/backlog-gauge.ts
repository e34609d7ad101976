/** Shows as metrics how many versions wait by each foreign key, and how many did at most. */
import type { AtLeastOnceSink, Counter, Gauge, Metrics, SinkWriter } from 'streamcore'
import type { BacklogCount } from '../operators/count-backlog.js'

/** Versions that wait, per `edge`. */
export const backlogMetric = 'import_backlog'
/** The most that have waited at a time, per `edge`. */
export const backlogMaxMetric = 'import_backlog_max'
/** Wall time since when something has always waited, per `edge`; -1: nothing waits. Nothing waits longer. */
export const backlogSinceMetric = 'import_backlog_since_ms'
/** Waits that have ended, per `edge`. */
export const backlogEndedMetric = 'import_backlog_ended_total'

/** A sink into the job's metrics. */
export function backlogGauge(): AtLeastOnceSink<BacklogCount> {
  return Object.freeze<AtLeastOnceSink<BacklogCount>>({
    kind: 'metrics',
    delivery: 'at-least-once',
    config: null,
    createWriter: ({ ports }) => Promise.resolve(new BacklogWriter(ports.metrics)),
  })
}

interface EdgeSeries {
  readonly now: Gauge
  readonly max: Gauge
  readonly since: Gauge
  readonly ended: Counter
}

class BacklogWriter implements SinkWriter<BacklogCount, never> {
  readonly #metrics: Metrics
  readonly #series = new Map<string, EdgeSeries>()

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  write({ edge, waiting, sinceMs }: BacklogCount): void {
    const series = this.#series.get(edge) ?? {
      now: this.#metrics.gauge(backlogMetric, { edge }),
      max: this.#metrics.gauge(backlogMaxMetric, { edge }),
      since: this.#metrics.gauge(backlogSinceMetric, { edge }),
      ended: this.#metrics.counter(backlogEndedMetric, { edge }),
    }
    this.#series.set(edge, series)
    if (waiting < series.now.value()) series.ended.add(series.now.value() - waiting)
    series.now.set(waiting)
    series.since.set(sinceMs)
    if (waiting > series.max.value()) series.max.set(waiting)
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
