/** Metrics that are only kept in memory: every executor's default; a reporter reads them with `series`. */
import type { Counter, Gauge, MetricLabels, Metrics } from './metrics.js'

/** One series as a reporter sees it. */
export interface MetricSeries {
  readonly kind: 'counter' | 'gauge'
  readonly name: string
  readonly labels: MetricLabels
  readonly value: number
}

/** Asking twice for the same name and labels gives the same counter or gauge. */
export class InMemoryMetrics implements Metrics {
  readonly #counters = new Map<string, MemoryCounter>()
  readonly #gauges = new Map<string, MemoryGauge>()

  counter(name: string, labels: MetricLabels = {}): Counter {
    return getOrAdd(this.#counters, seriesKey(name, labels), () => new MemoryCounter(name, labels))
  }

  gauge(name: string, labels: MetricLabels = {}): Gauge {
    return getOrAdd(this.#gauges, seriesKey(name, labels), () => new MemoryGauge(name, labels))
  }

  /** All series in order of creation, counters first. */
  series(): readonly MetricSeries[] {
    const counters = [...this.#counters.values()].map((counter) => describe('counter', counter))
    const gauges = [...this.#gauges.values()].map((gauge) => describe('gauge', gauge))
    return [...counters, ...gauges]
  }
}

class MemoryCounter implements Counter {
  readonly name: string
  readonly labels: MetricLabels
  #value = 0

  constructor(name: string, labels: MetricLabels) {
    this.name = name
    this.labels = labels
  }

  add(amount: number): void {
    this.#value += amount
  }

  value(): number {
    return this.#value
  }
}

class MemoryGauge implements Gauge {
  readonly name: string
  readonly labels: MetricLabels
  #value = 0

  constructor(name: string, labels: MetricLabels) {
    this.name = name
    this.labels = labels
  }

  set(value: number): void {
    this.#value = value
  }

  value(): number {
    return this.#value
  }
}

function describe(kind: 'counter' | 'gauge', metric: MemoryCounter | MemoryGauge): MetricSeries {
  return { kind, name: metric.name, labels: metric.labels, value: metric.value() }
}

function seriesKey(name: string, labels: MetricLabels): string {
  return JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
}

function getOrAdd<T>(map: Map<string, T>, key: string, create: () => T): T {
  const existing = map.get(key)
  if (existing) return existing
  const created = create()
  map.set(key, created)
  return created
}
