/** Why a record waits: the path from what it refers to down to what is really missing. */
import { type RecordKey } from '../model/record-key.js'
import type { WaitingEvent } from '../operators/waiting-event.js'
import { keyOf, type WaitingTable } from './waiting-table.js'

/** A missing record at the end of a path. */
export interface RootBlocker {
  readonly key: RecordKey
  readonly reason: 'never-seen' | 'deleted' | 'cycle'
}

/** The explanation of one record. */
export interface WaitExplanation {
  readonly lines: readonly string[]
  readonly roots: readonly RootBlocker[]
}

/** Undefined when the record does not wait; `timeText` writes a point in time. */
export function explainWait(
  table: WaitingTable,
  key: RecordKey,
  timeText: (ms: number) => string,
): WaitExplanation | undefined {
  const events = table.get(key)
  if (events === undefined) return undefined
  const roots = new Map<RecordKey, RootBlocker>()
  const lines = events.flatMap((event) => pathLines(table, event, { path: [key], roots, timeText }))
  return { lines, roots: [...roots.values()] }
}

interface Walk {
  readonly path: readonly RecordKey[]
  readonly roots: Map<RecordKey, RootBlocker>
  readonly timeText: (ms: number) => string
}

function pathLines(table: WaitingTable, event: WaitingEvent, walk: Walk): readonly string[] {
  const { path, roots } = walk
  const indent = '  '.repeat(path.length - 1)
  const lines = [
    `${indent}${keyOf(event)}, version ${event.version}, from ${event.place}, waits since ${walk.timeText(event.sinceMs)}`,
  ]
  if (event.missing.length === 0) lines.push(`${indent}  for its own earlier versions`)
  for (const { field, parent, reason } of event.missing) {
    const waiting = table.get(parent)
    const isCycle = path.includes(parent)
    lines.push(
      `${indent}  by ${field} for ${parent}: ${stateOf(reason, { isCycle, waits: waiting !== undefined })}`,
    )
    if (waiting === undefined || isCycle)
      roots.set(parent, { key: parent, reason: isCycle ? 'cycle' : reason })
    else
      for (const each of waiting) lines.push(...pathLines(table, each, { ...walk, path: [...path, parent] }))
  }
  return lines
}

function stateOf(
  reason: 'never-seen' | 'deleted',
  { isCycle, waits }: { readonly isCycle: boolean; readonly waits: boolean },
): string {
  if (isCycle) return 'which waits for it in turn'
  if (waits) return 'which waits itself'
  return reason === 'deleted' ? 'it was deleted' : 'it has never come'
}

/** How many records wait for this one, directly or through others. */
export function countDependents(table: WaitingTable, key: RecordKey): number {
  const children = new Map<RecordKey, Set<RecordKey>>()
  for (const [child, events] of table) {
    for (const { parent } of events.flatMap(({ missing }) => missing)) {
      children.set(parent, (children.get(parent) ?? new Set()).add(child))
    }
  }
  const found = new Set<RecordKey>()
  const toVisit = [key]
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    for (const child of children.get(next) ?? []) {
      if (!found.has(child)) toVisit.push(child)
      found.add(child)
    }
  }
  found.delete(key)
  return found.size
}
