/** A random history of a small random model: versions, moves, deletes, orphans and bad records, in an order that keeps only each id's own. */
import type { Random } from 'streamcore'
import { chance } from '../generate/pick.js'
import type { Cells, TablePlan } from '../generate/table-plan.js'
import { widePlan } from '../generate/wide-plan.js'
import type { Model } from '../model/model.js'
import { type EntityNode, modelGraph, nodeOf } from '../model/model-graph.js'
import { type DeliveredRecord, parseRecord } from '../model/parse-record.js'
import type { RecordKey } from '../model/record-key.js'

/** A record of the history and the topic it belongs to. */
export interface HistoryRecord {
  readonly topic: string
  /** Decides the partition. */
  readonly key: RecordKey
  readonly record: DeliveredRecord
}

/** A history. */
export interface RandomHistory {
  readonly model: Model
  readonly records: readonly HistoryRecord[]
}

/** A history of about `recordsMax` records; some total order of it satisfies a database with `restrict`, orphans aside. */
export function randomHistory(
  random: Random,
  recordsMax: number,
  /** Nothing waits for ever: no orphans, no deletes of what is referred to, no cycles. */
  { isPlain = false }: { readonly isPlain?: boolean } = {},
): RandomHistory {
  const tables = 3 + random.below(6)
  const rowsPerTable = Math.max(1, Math.floor(recordsMax / tables / 2))
  const plan = widePlan({
    seed: random.u32(),
    tables,
    levels: 2 + random.below(3),
    rowsPerTable,
    hasSelfReference: !isPlain,
  })
  const maker = new HistoryMaker(random, plan.model)
  // What waits for an orphan holds its other parents: their deletes would be held for ever, so there are either or.
  const hasOrphans = chance(random, 0.5) && !isPlain
  for (const table of plan.tables) maker.addRows(table, hasOrphans)
  if (!hasOrphans && !isPlain) maker.addDeletes()
  return { model: plan.model, records: mixed(random, maker.versions) }
}

interface Version {
  readonly node: EntityNode
  readonly cells: Cells
  readonly op: 'upsert' | 'delete'
}

class HistoryMaker {
  readonly versions = new Map<RecordKey, Version[]>()
  readonly #random: Random
  readonly #graph: ReturnType<typeof modelGraph>

  constructor(random: Random, model: Model) {
    this.#random = random
    this.#graph = modelGraph(model)
  }

  addRows(table: TablePlan, hasOrphans: boolean): void {
    const random = this.#random
    const node = nodeOf(this.#graph, table.entity.name)
    for (let index = 0; index < table.count; index += 1) {
      const isOrphan = hasOrphans && chance(random, 0.05)
      const versions = Array.from({ length: 1 + random.below(3) }, (_, edition): Version => {
        const cells = table.cells(index, edition)
        return { node, cells: isOrphan ? orphaned(table, cells, index) : cells, op: 'upsert' }
      })
      const [first] = versions
      const key = first && keyOf(first)
      if (key === undefined) continue
      if (!node.isReferenced && chance(random, 0.2)) versions.push(...this.#ending(versions))
      this.versions.set(key, versions)
    }
  }

  /** Deletes rows together with whatever refers to them in the end. */
  addDeletes(): void {
    const doomed = new Set([...this.versions.keys()].filter(() => chance(this.#random, 0.1)))
    for (let hasGrown = true; hasGrown; ) {
      hasGrown = false
      for (const [key, versions] of this.versions) {
        const last = versions.at(-1)
        if (doomed.has(key) || last === undefined || !parentsOf(last).some((parent) => doomed.has(parent)))
          continue
        doomed.add(key)
        hasGrown = true
      }
    }
    for (const key of doomed) {
      const versions = this.versions.get(key) ?? []
      const last = versions.at(-1)
      if (last?.op === 'upsert') versions.push({ ...last, op: 'delete' })
    }
  }

  #ending(versions: readonly Version[]): readonly Version[] {
    const last = versions.at(-1)
    if (last === undefined) return []
    const end: Version = { ...last, op: 'delete' }
    return chance(this.#random, 0.4) ? [end, last] : [end]
  }
}

function keyOf({ node, cells }: Version): RecordKey | undefined {
  const record = parseRecord(node, { cells, version: 1 }, '')
  return record.kind === 'refused' ? undefined : record.key
}

function parentsOf({ node, cells, op }: Version): readonly RecordKey[] {
  const record = op === 'upsert' ? parseRecord(node, { cells, version: 1 }, '') : undefined
  return record?.kind === 'upsert' ? record.references.filter((parent) => parent !== null) : []
}

function orphaned({ entity }: TablePlan, cells: Cells, index: number): Cells {
  const column = entity.foreignKeys[0]?.columns.at(-1)
  return column === undefined ? cells : { ...cells, [column]: String(900_000 + index) }
}

const badCells: Cells = { id: 'none' }

// Any order between ids; now and then a version comes twice, or something comes that is no record.
function mixed(
  random: Random,
  versions: ReadonlyMap<RecordKey, readonly Version[]>,
): readonly HistoryRecord[] {
  const queues = [...versions].map(([key, own]) => ({
    key,
    left: own.map((version, index) => ({ ...version, number: index + 1 })),
  }))
  const records: HistoryRecord[] = []
  while (queues.length > 0) {
    const index = random.below(queues.length)
    const queue = queues[index]
    const next = queue?.left.shift()
    if (queue === undefined || next === undefined) {
      queues.splice(index, 1)
      continue
    }
    const { node, op, number } = next
    const cells = op === 'delete' ? idCells(next) : next.cells
    const record: HistoryRecord = {
      topic: node.entity.topic,
      key: queue.key,
      record: { op, version: number, cells },
    }
    records.push(record)
    if (chance(random, 0.05)) records.push(record)
    if (chance(random, 0.03))
      records.push({ ...record, record: { op: 'upsert', version: 1, cells: badCells } })
  }
  return records
}

function idCells({ node, cells }: Version): Cells {
  return Object.fromEntries(node.entity.id.map((column) => [column, cells[column] ?? '']))
}
