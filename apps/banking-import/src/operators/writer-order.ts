/** The order of a transaction's changes: one per record, parents' upserts first, children's deletes first. */
import type { RowChange } from 'streamcore'
import { type EntityNode, type ModelGraph } from '../model/model-graph.js'
import { recordKey, type RecordKey } from '../model/record-key.js'

/** A transaction's changes in order, and those that a later change of the same record replaces. */
export interface OrderedChanges {
  readonly changes: readonly RowChange[]
  readonly coalesced: readonly CoalescedChange[]
}

/** A change that is left out. */
export interface CoalescedChange {
  readonly key: RecordKey
  readonly change: RowChange
}

/**
 * Orders all changes of one checkpoint: of each record only the highest version, upserts by ascending level, then deletes by
 * descending level. Records of a cycle keep all their upserts in order of arrival, because only that order satisfies their
 * references; what a cycle refers to keeps its last upsert even if a delete follows.
 */
export function writerOrder(graph: ModelGraph): (changes: readonly RowChange[]) => OrderedChanges {
  const nodeOfTable = new Map([...graph.nodes.values()].map((node) => [node.entity.table, node]))
  return (changes) => {
    const placed = changes.flatMap((change) => {
      const node = nodeOfTable.get(change.table)
      return node === undefined
        ? []
        : [{ change, node, key: recordKey(node.entity.name, change.row, node.entity.id) ?? '' }]
    })
    const last = lastByKey(placed)
    const lastUpsert = lastByKey(placed.filter(({ change }) => change.kind === 'upsert'))
    const isKept = ({ change, node, key }: PlacedChange) =>
      change === last.get(key) ||
      (change.kind === 'upsert' && (node.isCyclic || (node.isAboveCycle && change === lastUpsert.get(key))))
    // The sort is stable: within a level the order of arrival stays.
    const kept = placed.filter(isKept).sort((a, b) => rank(a) - rank(b))
    return {
      changes: kept.map(({ change }) => change),
      coalesced: placed.filter((each) => !isKept(each)).map(({ key, change }) => ({ key, change })),
    }
  }
}

interface PlacedChange {
  readonly change: RowChange
  readonly node: EntityNode
  readonly key: RecordKey
}

function lastByKey(placed: readonly PlacedChange[]): ReadonlyMap<string, RowChange> {
  const last = new Map<string, RowChange>()
  for (const { change, key } of placed) {
    if ((last.get(key)?.version ?? -1) < change.version) last.set(key, change)
  }
  return last
}

const deletesRankAbove = 1_000_000

function rank({ change, node }: PlacedChange): number {
  return change.kind === 'upsert' ? node.level : deletesRankAbove - node.level
}
