/** A plain load, in order and in memory: what the target must hold when every delivery has been imported. */
import type { Row } from 'streamcore'
import type { DeliveryItem } from '../delivery/delivery-file.js'
import type { ImportRecord, PartialRecord, Refusal, UpsertRecord } from '../model/import-record.js'
import { type ModelGraph, nodeOf, nodeOfKey, type Stage } from '../model/model-graph.js'
import { mergedRecord, parsePartialRecord } from '../model/parse-record.js'
import type { RecordKey } from '../model/record-key.js'

/** The rows that must be in the target, and what was left out. */
export interface PlainLoadResult {
  readonly rows: ReadonlyMap<RecordKey, Row>
  /** Records whose newest version cannot be there, because something they refer to is missing. */
  readonly waiting: readonly RecordKey[]
  /** Lines that cannot be used. */
  readonly refused: number
}

/**
 * Collects deliveries and loads them entity by entity, parents first, newest version last. Where a history deletes a record
 * that others go on referring to, the import's result depends on the order of arrival; this load then says what a target
 * without the deleted record would hold.
 */
export class PlainLoad {
  readonly #graph: ModelGraph
  readonly #versions = new Map<RecordKey, ImportRecord[]>()
  #refused = 0

  constructor(graph: ModelGraph) {
    this.#graph = graph
  }

  /** Takes what a delivery holds; deliveries come in their order. */
  async addAll(items: AsyncIterable<DeliveryItem>): Promise<this> {
    for await (const item of items) {
      const record = item.kind === 'rejected' ? undefined : this.#parse(item)
      if (record === undefined || !this.add(record)) this.#refused += 1
    }
    return this
  }

  /** Takes one record; an outdated one is left out. False when a partial record cannot be completed. */
  add(record: ImportRecord | PartialRecord): boolean {
    const versions = this.#versions.get(record.key) ?? []
    const known = versions.at(-1)
    if (record.version <= (known?.version ?? 0)) return true
    const complete = record.kind === 'partial' ? this.#merged(record, known) : record
    if (complete.kind === 'refused') return false
    // A delete ends all that was before.
    this.#versions.set(complete.key, complete.kind === 'delete' ? [complete] : [...versions, complete])
    return true
  }

  load(): PlainLoadResult {
    const rows = new Map<RecordKey, Row>()
    const loaded = new Map<RecordKey, number>()
    for (const stage of this.#graph.stages) this.#loadStage(stage, rows, loaded)
    const waiting = [...this.#versions].flatMap(([key, versions]) => {
      const newest = versions.at(-1)
      return newest?.kind === 'upsert' && loaded.get(key) !== newest.version ? [key] : []
    })
    return { rows, waiting, refused: this.#refused }
  }

  #parse({
    entity,
    record,
  }: Extract<DeliveryItem, { readonly kind: 'record' }>): ImportRecord | PartialRecord | undefined {
    const parsed = parsePartialRecord(nodeOf(this.#graph, entity.name), record, record.place ?? '')
    return parsed.kind === 'refused' ? undefined : parsed
  }

  #merged(partial: PartialRecord, known: ImportRecord | undefined): UpsertRecord | Refusal {
    const { entity } = nodeOfKey(this.#graph, partial.key)
    return mergedRecord(entity, known?.kind === 'upsert' ? known.row : undefined, partial)
  }

  // Within a cycle one pass may make room for the next; everywhere else the second pass changes nothing and is left out.
  #loadStage(stage: Stage, rows: Map<RecordKey, Row>, loaded: Map<RecordKey, number>): void {
    const entities = new Set(stage.entities)
    for (let hasChanged = true; hasChanged; ) {
      hasChanged = false
      for (const [key, versions] of this.#versions) {
        if (!entities.has(nodeOfKey(this.#graph, key).entity.name)) continue
        const newest = this.#loadable(versions, rows, stage.isCyclic)
        if (newest === undefined || newest.version <= (loaded.get(key) ?? 0)) continue
        rows.set(key, newest.row)
        loaded.set(key, newest.version)
        hasChanged = stage.isCyclic
      }
    }
  }

  // A version waits for what is missing and holds back those after it, unless what it waits for was deleted.
  #loadable(
    versions: readonly ImportRecord[],
    rows: ReadonlyMap<RecordKey, Row>,
    isCyclic: boolean,
  ): UpsertRecord | undefined {
    let loadable: UpsertRecord | undefined
    for (const version of versions) {
      if (version.kind === 'delete') continue
      const missing = version.references.filter(
        (parent) => parent !== null && parent !== version.key && !rows.has(parent),
      )
      if (missing.length === 0) loadable = version
      else if (!isCyclic && !missing.some((parent) => parent !== null && this.#isDeleted(parent))) break
    }
    return loadable
  }

  #isDeleted(key: RecordKey): boolean {
    return this.#versions.get(key)?.at(-1)?.kind === 'delete'
  }
}
