/** Counters and gauges of a job; names are snake_case with the unit last. */
export interface Metrics {
  counter(name: string, labels?: MetricLabels): Counter
  gauge(name: string, labels?: MetricLabels): Gauge
}

/** Labels of one series. */
export type MetricLabels = Readonly<Record<string, string>>

/** A number that only grows. */
export interface Counter {
  add(amount: number): void
  value(): number
}

/** A number that is set. */
export interface Gauge {
  set(value: number): void
  value(): number
}
