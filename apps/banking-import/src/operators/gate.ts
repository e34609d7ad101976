/** Keeps a deleted row in the target until nobody holds it any more. */
import {
  type Collector,
  type KeyedCollectFunction,
  type KeyedContext,
  type RowChange,
  type,
  unreachable,
  valueState,
} from 'streamcore'
import type { ModelGraph, Stage } from '../model/model-graph.js'
import type { RecordKey } from '../model/record-key.js'
import { auditTag } from './audit-event.js'
import type { GateMessage, Hold } from './messages.js'
import { Routes, toGate } from './routes.js'

/** A number of grants per incarnation; an incarnation that is not listed has none. */
export type Counts = readonly (readonly [incarnation: number, count: number])[]

/** What a gate keeps for a record, from the first close or delete until all is balanced. */
export interface GateEntry {
  /** Grants given back. */
  readonly closed: Counts
  /** Grants that must be given back before the row may go; known once the record was deleted. */
  readonly needed: Counts
  readonly held: HeldDelete | null
}

/** A delete that waits for its children. */
export interface HeldDelete {
  readonly change: RowChange
  readonly holds: readonly Hold[]
}

/** The states of a gate. */
export const gateState = { gate: valueState<GateEntry>('gate') }

type GateContext = KeyedContext<RecordKey, typeof gateState, GateMessage>

/** A gate: deletes for the writer leave by the main output. */
export type GateFunction = KeyedCollectFunction<
  RecordKey,
  GateMessage,
  typeof gateState,
  RowChange,
  GateMessage
>

/** The gate of a stage. */
export function gateFunction(graph: ModelGraph, stage: Stage): GateFunction {
  const gate = new Gate(graph, stage)
  return {
    uid: `gate-${stage.name}`,
    state: gateState,
    emits: type<RowChange>(),
    messages: type<GateMessage>(),
    sendsToKeys: stage.isCyclic,
    processElement: (message, ctx, out) => gate.onMessage(message, ctx, out),
    onMessage: (message, ctx, out) => gate.onMessage(message, ctx, out),
  }
}

const emptyEntry: GateEntry = { closed: [], needed: [], held: null }

class Gate {
  readonly #stage: Stage
  readonly #routes: Routes<GateMessage>

  constructor(graph: ModelGraph, stage: Stage) {
    this.#stage = stage
    this.#routes = new Routes(graph, toGate)
  }

  onMessage(message: GateMessage, ctx: GateContext, out: Collector<RowChange>): void {
    const entry = balanced(this.#taken(message, ctx.state.gate.value() ?? emptyEntry, ctx))
    const { held, needed, closed } = entry
    if (held !== null && needed.length === 0) {
      out.collect(held.change)
      this.#audit(held, 'released', ctx)
      this.#closeAll(held.holds, ctx)
      if (closed.length === 0) ctx.state.gate.clear()
      else ctx.state.gate.update({ ...entry, held: null })
    } else if (held === null && needed.length === 0 && closed.length === 0) {
      ctx.state.gate.clear()
    } else {
      ctx.state.gate.update(entry)
    }
  }

  #taken(message: GateMessage, entry: GateEntry, ctx: GateContext): GateEntry {
    switch (message.kind) {
      case 'close':
        return { ...entry, closed: increased(entry.closed, message.incarnation) }
      case 'held-delete': {
        const { incarnation, grants, holds, change } = message
        return { ...entry, needed: [...entry.needed, [incarnation, grants]], held: { change, holds } }
      }
      case 'back': {
        // The record is there again: delete and re-insert become one update in place. What the incarnation needs stays,
        // because its children still rely on the row and the next delete must wait for them, too.
        if (entry.held === null) return entry
        this.#audit(entry.held, 'merged', ctx)
        this.#closeAll(entry.held.holds, ctx)
        return { ...entry, held: null }
      }
      default:
        return unreachable(message)
    }
  }

  #audit({ change: { version, place } }: HeldDelete, fate: 'released' | 'merged', ctx: GateContext): void {
    ctx.output(auditTag, { key: ctx.key, version, fate, place })
  }

  #closeAll(holds: readonly Hold[], ctx: GateContext): void {
    for (const { parent, incarnation } of holds) {
      const message: GateMessage = { kind: 'close', key: parent, incarnation }
      const tag = this.#routes.tagFor(parent, this.#stage)
      if (tag) ctx.output(tag, message)
      else ctx.sendToKey(parent, message)
    }
  }
}

// Incarnations whose grants are all closed are forgotten.
function balanced(entry: GateEntry): GateEntry {
  const done = entry.needed.filter(([incarnation, count]) => countOf(entry.closed, incarnation) === count)
  if (done.length === 0) return entry
  const isDone = (incarnation: number) => done.some(([each]) => each === incarnation)
  return {
    ...entry,
    closed: entry.closed.filter(([incarnation]) => !isDone(incarnation)),
    needed: entry.needed.filter(([incarnation]) => !isDone(incarnation)),
  }
}

function increased(counts: Counts, incarnation: number): Counts {
  const index = counts.findIndex(([each]) => each === incarnation)
  if (index < 0) return [...counts, [incarnation, 1]]
  return counts.with(index, [incarnation, countOf(counts, incarnation) + 1])
}

function countOf(counts: Counts, incarnation: number): number {
  return counts.find(([each]) => each === incarnation)?.[1] ?? 0
}
