/** Carries changes out in memory, one after the other, and looks on: foreign keys, and versions that come twice. */
import { type Row, type RowChange, StreamcoreError } from 'streamcore'
import type { Model } from '../model/model.js'
import { type EntityNode, modelGraph } from '../model/model-graph.js'
import { completeRecord } from '../model/parse-record.js'
import { entityOfKey, type RecordKey, recordKey } from '../model/record-key.js'

/** What changes have led to. */
export interface ReplayedChanges {
  readonly rows: ReadonlyMap<RecordKey, Row>
  readonly changes: number
  /** Changes that came more than once, in words. */
  readonly doubled: readonly string[]
  /** Rows that were written before what they refer to, or that refer to something that is gone in the end. */
  readonly violations: number
}

/** Takes changes in their order. */
export class ChangeReplay {
  readonly #nodes: ReadonlyMap<string, EntityNode>
  readonly #rows = new Map<RecordKey, Row>()
  readonly #seen = new Map<string, number>()
  #changes = 0
  #violations = 0

  constructor(model: Model) {
    const nodes = [...modelGraph(model).nodes.values()]
    this.#nodes = new Map(nodes.map((node) => [node.entity.table, node]))
  }

  add({ kind, table, row, version, place }: RowChange): void {
    const node = this.#nodeOf(table)
    const key = recordKey(node.entity.name, row, node.entity.id) ?? ''
    const name = `${key} version ${version} (${kind})`
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1)
    this.#changes += 1
    if (kind === 'delete') {
      this.#rows.delete(key)
      return
    }
    this.#rows.set(key, row)
    this.#violations += this.#missing(node, { key, row, version, place })
  }

  end(): ReplayedChanges {
    let dangling = 0
    for (const [key, row] of this.#rows) {
      const node = this.#nodeOfKey(key)
      dangling += this.#missing(node, { key, row, version: 1, place: '' })
    }
    return {
      rows: this.#rows,
      changes: this.#changes,
      doubled: [...this.#seen].flatMap(([name, times]) =>
        times > 1 ? [`${name} was written ${times} times`] : [],
      ),
      violations: this.#violations + dangling,
    }
  }

  #missing(
    { entity }: EntityNode,
    record: { readonly key: RecordKey; readonly row: Row; readonly version: number; readonly place: string },
  ): number {
    const complete = completeRecord(entity, record)
    if (complete.kind === 'refused') return 1
    return complete.references.filter((parent) => parent !== null && !this.#rows.has(parent)).length
  }

  #nodeOf(table: string): EntityNode {
    const node = this.#nodes.get(table)
    if (node !== undefined) return node
    throw new StreamcoreError(
      'STREAMCORE_INPUT',
      `Expected changes of the model's tables, got one of '${table}'`,
    )
  }

  #nodeOfKey(key: RecordKey): EntityNode {
    const name = entityOfKey(key)
    const node = [...this.#nodes.values()].find(({ entity }) => entity.name === name)
    if (node !== undefined) return node
    throw new StreamcoreError('STREAMCORE_INPUT', `Expected a type of the model, got '${name}'`)
  }
}
