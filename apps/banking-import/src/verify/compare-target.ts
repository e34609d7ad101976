/** Compares the target with a plain load, row by row. */
import type { ColumnValue, RelationalSink, Row } from 'streamcore'
import type { Column } from '../model/column.js'
import type { Entity } from '../model/entity.js'
import type { Model } from '../model/model.js'
import { entityOfKey, type RecordKey, recordKey } from '../model/record-key.js'
import { tableOf } from '../model/table.js'

/** A difference, in words. */
export interface Difference {
  readonly key: RecordKey
  readonly kind: 'missing' | 'unexpected' | 'different'
  readonly detail: string
}

/** What a comparison found. */
export interface Comparison {
  readonly rows: number
  readonly differences: number
  /** The first ones. */
  readonly examples: readonly Difference[]
}

/** What is compared. */
export interface CompareOptions {
  readonly model: Model
  readonly expected: ReadonlyMap<RecordKey, Row>
  readonly target: RelationalSink
  /** Most examples kept. */
  readonly examplesMax?: number
}

const pageRows = 1_000

/** Reads the whole target, page by page. */
export async function compareTarget({
  model,
  expected,
  target,
  examplesMax = defaultExamples,
}: CompareOptions): Promise<Comparison> {
  const comparing = new Comparing(expected, examplesMax)
  for (const entity of model.entities) {
    for await (const row of rowsOf(target, model, entity)) comparing.add(entity, row)
  }
  return comparing.end()
}

/** Compares rows that are in memory. */
export function compareRows({
  model,
  expected,
  rows,
  examplesMax = defaultExamples,
}: Omit<CompareOptions, 'target'> & { readonly rows: ReadonlyMap<RecordKey, Row> }): Comparison {
  const comparing = new Comparing(expected, examplesMax)
  const entities = new Map(model.entities.map((entity) => [entity.name, entity]))
  for (const [key, row] of rows) {
    const entity = entities.get(entityOfKey(key))
    if (entity !== undefined) comparing.add(entity, row)
  }
  return comparing.end()
}

const defaultExamples = 10

class Comparing {
  readonly #expected: ReadonlyMap<RecordKey, Row>
  readonly #missing: Set<RecordKey>
  readonly #examplesMax: number
  readonly #examples: Difference[] = []
  #differences = 0
  #rows = 0

  constructor(expected: ReadonlyMap<RecordKey, Row>, examplesMax: number) {
    this.#expected = expected
    this.#missing = new Set(expected.keys())
    this.#examplesMax = examplesMax
  }

  add(entity: Entity, row: Row): void {
    this.#rows += 1
    const key = recordKey(entity.name, row, entity.id) ?? `${entity.name}:`
    this.#missing.delete(key)
    const wanted = this.#expected.get(key)
    const detail = wanted === undefined ? undefined : differenceOf(entity, wanted, row)
    if (wanted === undefined)
      this.#note({ key, kind: 'unexpected', detail: 'a row that the plain load does not have' })
    else if (detail !== undefined) this.#note({ key, kind: 'different', detail })
  }

  end(): Comparison {
    for (const key of this.#missing)
      this.#note({ key, kind: 'missing', detail: 'a row that only the plain load has' })
    return { rows: this.#rows, differences: this.#differences, examples: this.#examples }
  }

  #note(difference: Difference): void {
    this.#differences += 1
    if (this.#examples.length < this.#examplesMax) this.#examples.push(difference)
  }
}

async function* rowsOf(target: RelationalSink, model: Model, entity: Entity): AsyncGenerator<Row> {
  const table = tableOf(model, entity)
  let after: Row | undefined
  for (;;) {
    const page = await target.scan(table, { limit: pageRows, ...(after === undefined ? {} : { after }) })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageRows) return
    after = Object.fromEntries(table.primaryKey.map((column) => [column, last[column] ?? null]))
  }
}

/** How a row differs from the expected one, in words; undefined when it does not. */
export function differenceOf({ columns, versionColumn }: Entity, wanted: Row, got: Row): string | undefined {
  for (const [name, column] of [...Object.entries(columns), [versionColumn, undefined] as const]) {
    const left = comparable(column, wanted[name])
    const right = comparable(column, got[name])
    if (left !== right) return `column '${name}': expected ${left}, got ${right}`
  }
  return undefined
}

// A database may write a decimal with other zeros and a whole number as bigint.
function comparable(column: Column | undefined, value: ColumnValue | undefined): string {
  if (value === null || value === undefined) return 'nothing'
  if (column?.type !== 'decimal') return `'${String(value)}'`
  const [whole = '', fraction = ''] = String(value).replace(/^\+/, '').split('.')
  const digits = fraction.replace(/0+$/, '')
  return `'${whole.replace(/^(-?)0+(?=\d)/, '$1') || '0'}${digits === '' ? '' : `.${digits}`}'`
}
