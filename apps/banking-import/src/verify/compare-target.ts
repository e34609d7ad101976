/** Compares the target with a plain load, row by row. */
import type { ColumnValue, RelationalSink, Row } from 'streamcore'
import type { Column } from '../model/column.js'
import type { Entity } from '../model/entity.js'
import type { Model } from '../model/model.js'
import { type RecordKey, recordKey } from '../model/record-key.js'
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
  examplesMax = 10,
}: CompareOptions): Promise<Comparison> {
  const examples: Difference[] = []
  let differences = 0
  let rows = 0
  const note = (difference: Difference) => {
    differences += 1
    if (examples.length < examplesMax) examples.push(difference)
  }
  const missing = new Set(expected.keys())
  for (const entity of model.entities) {
    for await (const row of rowsOf(target, model, entity)) {
      rows += 1
      const key = recordKey(entity.name, row, entity.id) ?? `${entity.name}:`
      missing.delete(key)
      const wanted = expected.get(key)
      const detail = wanted === undefined ? undefined : differenceOf(entity, wanted, row)
      if (wanted === undefined)
        note({ key, kind: 'unexpected', detail: 'a row that the plain load does not have' })
      else if (detail !== undefined) note({ key, kind: 'different', detail })
    }
  }
  for (const key of missing) note({ key, kind: 'missing', detail: 'a row that only the plain load has' })
  return { rows, differences, examples }
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
