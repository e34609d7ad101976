/** What came of an import, as numbers and as text. */
import type { InMemoryMetrics } from 'streamcore'
import type { ProduceReport } from '../delivery/produce-delivery.js'
import { countDeadLetters, entityOfLetter, readDeadLetters, reasonKind } from '../inspect/dead-letters.js'
import { type IncompleteDelivery, readIncompleteDeliveries } from '../inspect/held-deliveries.js'
import { readWaitingTable } from '../inspect/waiting-table.js'
import { modelGraph, nodeOf } from '../model/model-graph.js'
import { entityOfKey } from '../model/record-key.js'
import { fatesMetric, waitedMetric } from '../sinks/fate-counter.js'
import type { ImportServices } from './import-services.js'
import { count } from './progress.js'
import { metricTotal } from './running-job.js'
import { countCoalesced, countForeignKeyViolations, countRowsByEntity } from './target-tables.js'
import { textTable } from './text-table.js'

/** Numbers per entity. */
export interface EntitySummary {
  readonly entity: string
  readonly level: number
  /** In this delivery. */
  readonly delivered: number
  readonly deadLetters: number
  readonly waiting: number
  /** In the target now. */
  readonly rows: number
}

/** Numbers of an import. */
export interface ImportSummary {
  readonly delivery: number
  readonly wasComplete: boolean
  readonly shuffleSeed: number | undefined
  readonly recordsIn: number
  readonly applied: number
  /** Versions that waited for something and went on. */
  readonly waited: number
  /** Versions that wait now, those of earlier deliveries included. */
  readonly waiting: number
  /** New ones, by reason. */
  readonly deadLetters: ReadonlyMap<string, number>
  /** Versions that a newer one made superfluous, and the like, by fate. */
  readonly otherFates: ReadonlyMap<string, number>
  readonly foreignKeyViolations: number
  /** Rows that the database refused for other reasons. */
  readonly otherRejections: number
  readonly durationMs: number
  readonly entities: readonly EntitySummary[]
  /** Deliveries that wait for their marks. */
  readonly incomplete?: readonly IncompleteDelivery[]
}

/** What was counted before a run. */
export interface NumbersBefore {
  readonly deadLetters: number
  readonly coalesced: number
}

/** Counts it. */
export async function numbersBefore(services: ImportServices): Promise<NumbersBefore> {
  const { log, model } = services
  return { deadLetters: await countDeadLetters(log, model), coalesced: await countCoalesced(services) }
}

/** What was measured. */
export interface MeasuredRun {
  readonly metrics: InMemoryMetrics
  readonly durationMs: number
  readonly before: NumbersBefore
}

/** Collects the numbers. */
export async function summarise(
  services: ImportServices,
  {
    delivery,
    shuffleSeed,
    run,
  }: {
    readonly delivery: ProduceReport
    readonly shuffleSeed: number | undefined
    readonly run: MeasuredRun
  },
): Promise<ImportSummary> {
  const { log, model } = services
  const { metrics, durationMs } = run
  const deadLetters = new Map<string, number>()
  const lettersByEntity = new Map<string, number>()
  for await (const letter of readDeadLetters(log, model, run.before.deadLetters)) {
    increase(deadLetters, reasonKind(letter))
    increase(lettersByEntity, entityOfLetter(model, letter) ?? '')
  }
  const waitingByEntity = new Map<string, number>()
  for (const [key, versions] of await readWaitingTable(log, model))
    increase(waitingByEntity, entityOfKey(key), versions.length)
  const rows = await countRowsByEntity(services)
  const coalesced = (await countCoalesced(services)) - run.before.coalesced
  const graph = modelGraph(model)
  return {
    delivery: delivery.delivery,
    wasComplete: delivery.wasComplete,
    shuffleSeed,
    recordsIn: metricTotal(metrics, 'records_in_total'),
    // Coalesced versions are told in a table of their own, which the writer fills in the same transaction.
    applied: metricTotal(metrics, 'sink_rows_applied') - coalesced,
    waited: metricTotal(metrics, waitedMetric),
    waiting: sum(waitingByEntity),
    deadLetters,
    otherFates: otherFates(metrics, coalesced),
    foreignKeyViolations: await countForeignKeyViolations(services),
    otherRejections:
      metricTotal(metrics, 'sink_rows_rejected') -
      metricTotal(metrics, 'sink_rows_rejected', { code: '23503' }),
    durationMs,
    entities: model.entities.map(({ name }) => ({
      entity: name,
      level: nodeOf(graph, name).level,
      delivered: delivery.records[name] ?? 0,
      deadLetters: lettersByEntity.get(name) ?? 0,
      waiting: waitingByEntity.get(name) ?? 0,
      rows: rows.get(name) ?? 0,
    })),
    incomplete: await readIncompleteDeliveries(log, model),
  }
}

// `stale` ones are among the dead letters.
function otherFates(metrics: InMemoryMetrics, coalesced: number): ReadonlyMap<string, number> {
  const fates = ['superseded', 'cancelled', 'merged', 'nothing-to-delete', 'duplicate'] as const
  const counted = fates.map((fate) => [fate, metricTotal(metrics, fatesMetric, { fate })] as const)
  return new Map([['coalesced', coalesced] as const, ...counted].filter(([, amount]) => amount > 0))
}

function increase(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by)
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, each) => total + each, 0)
}

/** The summary as lines. */
export function summaryLines(summary: ImportSummary): readonly string[] {
  const { recordsIn, applied, waited, waiting, deadLetters, otherFates: fates, durationMs } = summary
  const seconds = durationMs / 1_000
  const perSecond = seconds === 0 ? 0 : Math.round(recordsIn / seconds)
  const line = (name: string, value: number, note = '') =>
    `${name.padEnd(15)}${count(value).padStart(10)}${note === '' ? '' : `  ${note}`}`
  const fateNotes = [...fates].map(([fate, amount]) => `${count(amount)} ${fate}`).join(', ')
  return [
    line('records in', recordsIn, deliveryNote(summary)),
    line('applied', applied, fateNotes),
    line('waited', waited, waiting === 0 ? 'none waits any more' : `${count(waiting)} wait still`),
    line('dead-lettered', sum(deadLetters)),
    ...byCount(deadLetters).map(([reason, amount]) => line('', amount, reason)),
    ...(summary.otherRejections === 0
      ? []
      : [line('refused', summary.otherRejections, 'by the database; they are in streamcore_rejected')]),
    ...(summary.incomplete ?? []).map(({ delivery, records, read, of }) =>
      line(
        'held',
        records,
        `delivery ${delivery} is not complete: its end was read in ${read} of ${of || '?'} partitions`,
      ),
    ),
    line('records/s', perSecond, `${seconds.toFixed(2)} s`),
    `FK violations: ${summary.foreignKeyViolations}`,
    '',
    ...entityTable(summary.entities),
  ]
}

function deliveryNote({ delivery, wasComplete, shuffleSeed }: ImportSummary): string {
  const order = shuffleSeed === undefined ? 'in file order' : `in random order (seed ${shuffleSeed})`
  return wasComplete ? `delivery ${delivery}, which was in the log already` : `delivery ${delivery}, ${order}`
}

function byCount(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([, a], [, b]) => b - a)
}

function entityTable(entities: readonly EntitySummary[]): readonly string[] {
  const header = ['type', 'level', 'delivered', 'dead letters', 'waiting', 'rows in target']
  const cells = entities.map(({ entity, level, delivered, deadLetters, waiting, rows }) => [
    entity,
    ...[level, delivered, deadLetters, waiting, rows].map(count),
  ])
  return textTable([header, ...cells])
}

/** Whether the promise was kept. */
export function isGood({ foreignKeyViolations }: ImportSummary): boolean {
  return foreignKeyViolations === 0
}
