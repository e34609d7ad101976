/** Nothing is lost: every delivered version has met its fate or waits for something that never came. */
import type { SimulatedPartitionedLog, SimulatedRelationalSink } from 'streamcore/simulation'
import { coalescedTable } from '../model/coalesced-table.js'
import type { Model } from '../model/model.js'
import type { AuditEvent } from '../operators/audit-event.js'
import { outputTopics } from '../output-topics.js'

/** What a finished import has told. */
export interface ToldImport {
  readonly model: Model
  /** All that was delivered and can be used: `entity:id@version`. */
  readonly delivered: ReadonlySet<string>
  /** Records that wait in the plain load, too. */
  readonly waiting: readonly string[]
  readonly log: SimulatedPartitionedLog
  readonly target: SimulatedRelationalSink
}

/** Versions without fate, and versions whose release did not reach the target. */
export function fateViolations(told: ToldImport): readonly string[] {
  const events = auditOf(told)
  const fates = new Set(events.map(({ key, version }) => `${key}@${version}`))
  const mayWait = new Set(told.waiting)
  const lost = [...told.delivered].filter(
    (id) => !fates.has(id) && !mayWait.has(id.slice(0, id.lastIndexOf('@'))),
  )
  const released = events.filter(({ fate }) => fate === 'released').length
  // A row that comes and goes within one transaction is a delete of nothing.
  const { writes, guarded } = told.target.history()
  const written = writes.length + guarded
  return [
    ...lost.map((id) => `lost: ${id} has no fate and waits for nothing`),
    ...(released === written ? [] : [`${released} versions were released, but ${written} were written`]),
  ]
}

/** What this import had to deal with. */
export function situationsOf(told: ToldImport): readonly string[] {
  const events = auditOf(told)
  const { writes, markers } = told.target.history()
  const found = new Set(events.map(({ fate }) => `fate: ${fate}`))
  if (events.some(({ sinceMs }) => sinceMs !== undefined)) found.add('version waited')
  if (told.waiting.length > 0) found.add('orphan waits in the end')
  if (writes.some(({ table }) => table === coalescedTable.table)) found.add('fate: coalesced')
  if (writes.some(({ kind }) => kind === 'delete')) found.add('row deleted')
  if (markers.length > 2) found.add('several transactions')
  return [...found]
}

/** Situations without which many seeds prove little. */
export const importSituations = [
  'version waited',
  'orphan waits in the end',
  'row deleted',
  'several transactions',
  'fate: coalesced',
  'fate: superseded',
  'fate: duplicate',
  'gated deliveries',
  'delivery broken off and produced again',
  'incomplete delivery',
  'limited backlog',
] as const

function auditOf({ log, model }: ToldImport): readonly AuditEvent[] {
  const topic = outputTopics(model).audit
  const decoder = new TextDecoder()
  return log
    .commits()
    .flatMap(({ records }) => records.filter((record) => record.topic === topic))
    .map(({ value }): unknown => JSON.parse(decoder.decode(value)))
    .filter(isAuditEvent)
}

function isAuditEvent(value: unknown): value is AuditEvent {
  return (
    typeof value === 'object' && value !== null && 'key' in value && 'version' in value && 'fate' in value
  )
}
