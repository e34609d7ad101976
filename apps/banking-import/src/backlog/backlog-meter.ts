/** How much waits in this process, and what follows from it: which topics rest, and when waiting is given up. */
import { type ModelGraph, nodeOf, targetsOf } from '../model/model-graph.js'

/** Limits of what waits; 0: none. */
export interface BacklogLimits {
  /** Versions that wait for one record. */
  readonly perParent: number
  /** Versions that wait by one foreign key. */
  readonly perEdge: number
  /** Versions that wait, counted once per missing record. */
  readonly total: number
  /** How long the topics of what is missing must have been read to their end before waiting is given up. */
  readonly patienceMs: number
}

/** `account.owner`. */
export type Edge = string

/** Names the foreign key of an entity. */
export function edgeOf(entity: string, foreignKey: string): Edge {
  return `${entity}.${foreignKey}`
}

interface Lane {
  readonly entity: string
  /** Wall time since when there is nothing more to read; undefined while there is. */
  readonly atEndSinceMs: number | undefined
}

/**
 * Told by the operator that counts what waits, and by the source that reads; asked by the source whether a topic rests, and by
 * resolve whether to give up. Topics rest whose records wait; those of what is missing are read on, so that the backlog can
 * shrink. Once these have been read to their end waiting longer is of little use, and what is over the limit is given up. It
 * starts empty with each incarnation of the job and is right from the first change of each edge on.
 */
export class BacklogMeter {
  readonly #limits: BacklogLimits
  readonly #edges = new Map<Edge, number>()
  readonly #lanes = new Map<string, Lane>()
  readonly #edgesOf: ReadonlyMap<string, readonly Edge[]>
  readonly #ancestorsOf: ReadonlyMap<string, ReadonlySet<string>>
  readonly #cyclic: ReadonlySet<string>
  #total = 0
  #firstAskedMs: number | undefined

  constructor(graph: ModelGraph, limits: BacklogLimits) {
    const nodes = [...graph.nodes.values()]
    this.#limits = limits
    this.#edgesOf = new Map(
      nodes.map(({ entity }) => [
        entity.name,
        entity.foreignKeys.map((key) => edgeOf(entity.name, key.name)),
      ]),
    )
    this.#ancestorsOf = new Map(nodes.map(({ entity }) => [entity.name, ancestorsOf(graph, entity.name)]))
    this.#cyclic = new Set(nodes.filter(({ isCyclic }) => isCyclic).map(({ entity }) => entity.name))
  }

  /** A new incarnation begins: what a failed one counted may never have been. */
  forget(): void {
    this.#edges.clear()
    this.#lanes.clear()
    this.#total = 0
    this.#firstAskedMs = undefined
  }

  /** So many wait by an edge. */
  set(edge: Edge, waiting: number): void {
    this.#total += waiting - (this.#edges.get(edge) ?? 0)
    this.#edges.set(edge, waiting)
  }

  /** A partition is being read, or there is nothing more in it. */
  setLane(split: string, entity: string, atEndSinceMs: number | undefined): void {
    this.#lanes.set(split, { entity, atEndSinceMs })
  }

  /** Whether the topic of an entity rests. The parents of a cycle may stand behind its records: it never rests. */
  isPaused(entity: string, nowMs: number): boolean {
    if (this.#cyclic.has(entity) || this.#isExhausted(entity, nowMs)) return false
    return this.#isOverEdge(entity) || (this.#isOverTotal(entity) && !this.#isHelpful(entity))
  }

  /** Whether one more of the entity's versions may not begin to wait. */
  mustGiveUp(entity: string, nowMs: number): boolean {
    if (!this.#isOverEdge(entity) && !this.#isOverTotal(entity)) return false
    return this.#cyclic.has(entity) || this.#isExhausted(entity, nowMs)
  }

  #isOverEdge(entity: string): boolean {
    const { perEdge } = this.#limits
    return perEdge > 0 && this.#waitsOf(entity).some((waiting) => waiting >= perEdge)
  }

  #isOverTotal(entity: string): boolean {
    const { total } = this.#limits
    return total > 0 && this.#total >= total && (this.#edgesOf.get(entity) ?? []).length > 0
  }

  // What others wait for is read on, unless it waits itself: then what it waits for goes first. So something always goes.
  #isHelpful(entity: string): boolean {
    if (this.#waitsOf(entity).some((waiting) => waiting > 0)) return false
    return [...this.#ancestorsOf].some(
      ([child, ancestors]) => ancestors.has(entity) && this.#waitsOf(child).some((waiting) => waiting > 0),
    )
  }

  #waitsOf(entity: string): readonly number[] {
    return (this.#edgesOf.get(entity) ?? []).map((edge) => this.#edges.get(edge) ?? 0)
  }

  // Who has just begun has had no patience yet: what it was told of before was forgotten.
  #isExhausted(entity: string, nowMs: number): boolean {
    this.#firstAskedMs ??= nowMs
    if (this.#firstAskedMs + this.#limits.patienceMs > nowMs) return false
    const ancestors = this.#ancestorsOf.get(entity) ?? new Set()
    return [...this.#lanes.values()].every(
      ({ entity: owner, atEndSinceMs }) =>
        !ancestors.has(owner) ||
        (atEndSinceMs !== undefined && atEndSinceMs + this.#limits.patienceMs <= nowMs),
    )
  }
}

function ancestorsOf(graph: ModelGraph, entity: string): ReadonlySet<string> {
  const found = new Set<string>()
  const toVisit = [entity]
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    for (const target of nodeOf(graph, next).entity.foreignKeys.flatMap(targetsOf)) {
      if (!found.has(target) && target !== entity) toVisit.push(target)
      if (target !== entity) found.add(target)
    }
  }
  return found
}
