// The target: immediate foreign keys checked at every statement, a version guard, and each version at most once.
import type { RowChange } from 'streamcore'
import { type ModelGraph, nodeOf } from '../../src/model/model-graph.js'
import { parseRecord } from '../../src/model/parse-record.js'
import { recordKey } from '../../src/model/record-key.js'
import { Violation } from './violation.js'

/** A row of the target. */
export interface TargetRow {
  readonly version: number
  readonly parents: readonly (string | null)[]
}

/** The tables. */
export class SimulatedTarget {
  readonly rows = new Map<string, TargetRow>()
  /** Statements the guard left without effect; none is expected. */
  guarded = 0
  readonly #graph: ModelGraph
  readonly #references = new Map<string, number>()
  readonly #lastApplied = new Map<string, number>()

  constructor(graph: ModelGraph) {
    this.#graph = graph
  }

  /** Rows that were there before. */
  load(key: string, row: TargetRow): void {
    this.rows.set(key, row)
    this.#lastApplied.set(key, row.version)
    this.#count(key, row, 1)
  }

  apply(change: RowChange): void {
    const { key, parents } = this.#read(change)
    const old = this.rows.get(key)
    const { version } = change
    if (old !== undefined && old.version > version) {
      this.guarded += 1
      return
    }
    if ((this.#lastApplied.get(key) ?? -1) >= version) {
      throw new Violation(`order: ${key}@${version} after ${this.#lastApplied.get(key)}`)
    }
    this.#lastApplied.set(key, version)
    if (change.kind === 'upsert') {
      const absent = parents.find((parent) => parent !== null && parent !== key && !this.rows.has(parent))
      if (absent !== undefined)
        throw new Violation(`FK: upsert ${key}@${version} refers to ${absent}, which is absent`)
      this.#count(key, old, -1)
      this.rows.set(key, { version, parents })
      this.#count(key, { version, parents }, 1)
    } else {
      if ((this.#references.get(key) ?? 0) > 0)
        throw new Violation(`FK: delete ${key}@${version} while referenced`)
      this.#count(key, old, -1)
      this.rows.delete(key)
    }
  }

  #count(key: string, row: TargetRow | undefined, step: number): void {
    for (const parent of row?.parents ?? []) {
      if (parent !== null && parent !== key)
        this.#references.set(parent, (this.#references.get(parent) ?? 0) + step)
    }
  }

  #read({ kind, table, row, place }: RowChange): {
    readonly key: string
    readonly parents: readonly (string | null)[]
  } {
    const node = nodeOf(this.#graph, table)
    if (kind === 'delete') return { key: recordKey(table, row, node.entity.id) ?? '', parents: [] }
    const record = parseRecord(node, { cells: row }, place)
    if (record.kind !== 'upsert')
      throw new Violation(`the writer wrote a row that is none: ${JSON.stringify(row)}`)
    return { key: record.key, parents: record.references }
  }
}
