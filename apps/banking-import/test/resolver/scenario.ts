// Scenarios: a small model, rows of the target, and operations in order of delivery.
import { entity } from '../../src/model/entity.js'
import { integer } from '../../src/model/column.js'
import { type ModelGraph, modelGraph } from '../../src/model/model-graph.js'
import type { ImportRecord, UpsertRecord } from '../../src/model/import-record.js'
import { parseRecord, recordInTarget } from '../../src/model/parse-record.js'
import { assert } from 'streamcore'

/** `B0` → `B:0`. */
export function keyOf(name: string): string {
  return `${name.charAt(0)}:${name.slice(1)}`
}

/** A version of a record; `-` and null point at nothing. */
export interface Operation {
  readonly kind: 'upsert' | 'delete'
  /** As `B0`. */
  readonly name: string
  readonly version: number
  /** What the foreign keys point at. */
  readonly parents: readonly (string | null)[]
}

/** An upsert. */
export function put(name: string, version: number, ...parents: (string | null)[]): Operation {
  return { kind: 'upsert', name, version, parents }
}

/** A delete. */
export function del(name: string, version: number): Operation {
  return { kind: 'delete', name, version, parents: [] }
}

/** What is known of a history: no deletes, one that a database with `restrict` would accept in some order, or any. */
export type History = 'insert' | 'valid' | 'any'

/** What a run is made of. */
export interface Scenario {
  /** Targets of the foreign keys of the types A, B, C …: `[[], ['A']]`. All are optional. */
  readonly types: readonly (readonly string[])[]
  readonly history: History
  readonly inTarget: readonly Operation[]
  readonly operations: readonly Operation[]
  /** Number of source partitions; 0: one per record. */
  readonly partitions: number
  readonly crashes: boolean
}

/** The letter of a type. */
export function letter(type: number): string {
  return String.fromCharCode(65 + type)
}

const graphs = new WeakMap<Scenario['types'], ModelGraph>()

/** The model of a scenario's types. */
export function graphOf(types: Scenario['types']): ModelGraph {
  const graph = graphs.get(types) ?? makeGraph(types)
  graphs.set(types, graph)
  return graph
}

function makeGraph(types: Scenario['types']): ModelGraph {
  const entities = types.map((targets, type) => {
    const keys = targets.map((target, field) => ({ column: `f${field}`, target }))
    return entity(letter(type), {
      columns: {
        id: integer(),
        v: integer(),
        ...Object.fromEntries(keys.map(({ column }) => [column, integer({ nullable: true })])),
      },
      id: 'id',
      sequence: 'v',
      foreignKeys: Object.fromEntries(keys.map(({ column, target }) => [column, `${target}?`])),
    })
  })
  return modelGraph({ name: 'scenario', entities })
}

/** The checked record of an operation, by the app's own code. */
export function recordOf(graph: ModelGraph, operation: Operation): ImportRecord {
  const { kind, name, version, parents } = operation
  const node = graph.nodes.get(name.charAt(0))
  assert(node !== undefined, `the type of ${name} exists`)
  const keys = parents.map((parent, field) => [`f${field}`, parent === null ? null : Number(parent.slice(1))])
  const cells = { id: Number(name.slice(1)), v: version, ...Object.fromEntries(keys) }
  const record = parseRecord(node, { op: kind, cells }, `${name}@${version}`)
  assert(record.kind !== 'refused', `${name}@${version} is well-formed`)
  return record
}

/** The record of a row that is in the target. */
export function recordOfRow(graph: ModelGraph, operation: Operation): UpsertRecord {
  const live = recordOf(graph, operation)
  const node = graph.nodes.get(operation.name.charAt(0))
  assert(node !== undefined && live.kind === 'upsert', 'only rows are in the target')
  const record = recordInTarget(node, live.row, live.place)
  assert(record.kind === 'upsert', 'the row is well-formed')
  return record
}

/** An operation in the page's words. */
export function shown({ kind, name, version, parents }: Operation): string {
  return kind === 'delete'
    ? `${name}@${version}†`
    : `${name}@${version}{${parents.map((each) => each ?? '-').join(',')}}`
}
