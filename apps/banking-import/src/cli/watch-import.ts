/** An import that keeps running: whenever the files of its directory have changed and come to rest, they are the next delivery. */
import { setTimeout as sleep } from 'node:timers/promises'
import { performance } from 'node:perf_hooks'
import { InMemoryMetrics } from 'streamcore'
import { execute, listenForSignals } from 'streamcore/node'
import type { ProduceReport } from '../delivery/produce-delivery.js'
import { job } from '../job.js'
import { fingerprintOf, holdsFiles, registerDelivery } from './delivery-register.js'
import {
  bootstrap,
  executeOptions,
  type ImportOutcome,
  type ImportSettings,
  paramsOf,
  prepare,
  produce,
} from './import-run.js'
import { openServices } from './import-services.js'
import { numbersBefore, summarise } from './import-summary.js'
import { count, type Progress } from './progress.js'
import { metricTotal } from './running-job.js'
import type { ImportRegister, RegisteredDelivery } from './state-folder.js'
import { verifyTarget } from './verify-target.js'

const lookEveryMs = 1_000

/** Runs until a signal ends it; the summary covers the whole time. */
export async function watchImport(settings: ImportSettings, progress: Progress): Promise<ImportOutcome> {
  const services = await openServices(settings.model, settings.folder, settings)
  try {
    let register = await bootstrap(settings, services, {
      register: await prepare(settings, services),
      progress,
    })
    const before = await numbersBefore(services)
    const metrics = new InMemoryMetrics()
    const params = paramsOf(settings, register, { boundedness: 'unbounded' })
    const startedMs = performance.now()
    const handle = await execute(job, params, executeOptions(settings, services, metrics))
    const signals = listenForSignals(handle)
    let hasEnded = false
    const end = handle.result.finally(() => {
      hasEnded = true
    })
    const watcher = new DirectoryWatcher(settings)
    let latest: { readonly delivery: RegisteredDelivery; readonly produced: ProduceReport } | undefined
    progress.say(`watching ${settings.directory}; Ctrl-C ends it`)
    const told = new StatusLine(metrics, progress)
    while (!hasEnded) {
      if (await watcher.hasNewDelivery(register)) {
        const { delivery, register: next } = await registerDelivery(settings.folder, register, {
          log: services.log,
          directory: settings.directory,
        })
        register = next
        const produced = await produce(settings, services, { delivery, progress })
        latest = { delivery, produced: latest === undefined ? produced : sumOf(latest.produced, produced) }
        progress.say(`delivery ${delivery.number} is in the log`)
      }
      told.tellWhenQuiet()
      await Promise.race([sleep(lookEveryMs), end])
    }
    await end
    signals.ignore()
    const run = { metrics, durationMs: performance.now() - startedMs, before }
    const produced = latest?.produced ?? { delivery: 0, records: {}, rejected: 0, wasComplete: true }
    const summary = await summarise(services, { delivery: produced, shuffleSeed: settings.shuffleSeed, run })
    if (!settings.verify || latest === undefined) return { summary }
    return {
      summary,
      verification: await verifyTarget(services, settings.folder, { register, delivery: latest.delivery }),
    }
  } finally {
    progress.stop()
    await services.close()
  }
}

function sumOf(earlier: ProduceReport, latest: ProduceReport): ProduceReport {
  const records = { ...earlier.records }
  for (const [entity, amount] of Object.entries(latest.records))
    records[entity] = (records[entity] ?? 0) + amount
  return { ...latest, records, rejected: earlier.rejected + latest.rejected }
}

/** Files count as a delivery when two looks in a row have found them the same. */
class DirectoryWatcher {
  readonly #settings: ImportSettings
  #seen = ''
  #isFirst = true

  constructor(settings: ImportSettings) {
    this.#settings = settings
  }

  async hasNewDelivery({ model, deliveries }: ImportRegister): Promise<boolean> {
    const { directory } = this.#settings
    if (!holdsFiles(model, directory)) return false
    const now = await fingerprintOf(model, directory)
    const isAtRest = now === this.#seen
    this.#seen = now
    if (!isAtRest) return false
    // The first look may meet a delivery that was registered and then broken off.
    const isNew = this.#isFirst || deliveries.at(-1)?.fingerprint !== now
    this.#isFirst = false
    return isNew
  }
}

/** Says how far the import is whenever it has come to rest. */
class StatusLine {
  readonly #metrics: InMemoryMetrics
  readonly #progress: Progress
  #last = ''
  #told = '0 records in, 0 rows applied, 0 dead letters'

  constructor(metrics: InMemoryMetrics, progress: Progress) {
    this.#metrics = metrics
    this.#progress = progress
  }

  tellWhenQuiet(): void {
    const total = (name: string) => count(metricTotal(this.#metrics, name))
    const now = `${total('records_in_total')} records in, ${total('sink_rows_applied')} rows applied, ${total('dead_letters_total')} dead letters`
    const isQuiet = now === this.#last
    this.#last = now
    if (!isQuiet || now === this.#told) return
    this.#told = now
    this.#progress.say(now)
  }
}
