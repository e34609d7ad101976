/** Looks at a running import job, and lets waits that have just begun be reported. */
import type { InMemoryMetrics } from 'streamcore'
import { execute, type ExecuteOptions } from 'streamcore/node'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultParams } from '../import-params.js'
import { readWaitingTable } from '../inspect/waiting-table.js'
import { job } from '../job.js'
import { fatesMetric } from '../sinks/fate-counter.js'
import type { ImportServices } from './import-services.js'

/** The sum of a metric over all its labels, or over those with one. */
export function metricTotal(
  metrics: InMemoryMetrics,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = Object.entries(labels)
  return metrics
    .series()
    .filter(
      (series) => series.name === name && wanted.every(([label, value]) => series.labels[label] === value),
    )
    .reduce((sum, { value }) => sum + value, 0)
}

const lookEveryMs = 100

/** Waits for a job, looks at it every now and then, and once more in the end. */
export async function watched<T>(result: Promise<T>, look: () => void): Promise<T> {
  const timer = setInterval(look, lookEveryMs)
  try {
    return await result
  } finally {
    look()
    clearInterval(timer)
  }
}

// A little more than the moment a wait must last to be reported.
const settleMs = defaultParams.reportAfterMs + 250

/**
 * A bounded run ends with its input, perhaps before a wait was long enough to be reported. If not every record has met its
 * fate, the job is run for another moment.
 */
export async function settle(
  { log, model }: ImportServices,
  run: { readonly metrics: InMemoryMetrics; readonly params: unknown; readonly options: ExecuteOptions },
): Promise<void> {
  const arrived = metricTotal(run.metrics, 'records_in_total')
  const ended = metricTotal(run.metrics, fatesMetric)
  const isAnyWaiting = arrived !== ended || (await readWaitingTable(log, model)).size > 0
  if (!isAnyWaiting) return
  const handle = await execute(job, run.params, run.options)
  await Promise.race([sleep(settleMs), handle.result])
  await handle.stop()
}
