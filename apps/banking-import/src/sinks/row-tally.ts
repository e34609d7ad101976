/** How many rows a table got and a digest of them: enough to compare what is too large to be kept. */
import type { ColumnValue, Row } from 'streamcore'
import type { Entity } from '../model/entity.js'

/** Two sums of 32 bits over the digests of rows; their order does not matter. */
export interface TableTally {
  readonly upserts: number
  readonly deletes: number
  readonly sums: readonly [number, number]
}

/** Of a table that got nothing. */
export const noTally: TableTally = { upserts: 0, deletes: 0, sums: [0, 0] }

/** With what another one has counted. */
export function tallySum(a: TableTally, b: TableTally): TableTally {
  return {
    upserts: a.upserts + b.upserts,
    deletes: a.deletes + b.deletes,
    sums: [(a.sums[0] + b.sums[0]) >>> 0, (a.sums[1] + b.sums[1]) >>> 0],
  }
}

/** Counts the changes of one table. */
export class TallyCounter {
  readonly #columns: readonly string[]
  #upserts = 0
  #deletes = 0
  #low = 0
  #high = 0

  constructor({ columns, versionColumn }: Pick<Entity, 'columns' | 'versionColumn'>) {
    this.#columns = [...new Set([...Object.keys(columns), versionColumn])].sort()
  }

  add(kind: 'upsert' | 'delete', row: Row): void {
    if (kind === 'delete') this.#deletes += 1
    else this.#upserts += 1
    // Two chains of FNV-1a that differ in where they begin.
    let low = kind === 'delete' ? 0x811c_9dc5 : 0x01ce_4e5b
    let high = ~low
    for (const column of this.#columns) {
      const text = textOf(row[column])
      for (let index = 0; index < text.length; index += 1) {
        const unit = text.charCodeAt(index)
        low = Math.imul(low ^ unit, 0x0100_0193)
        high = Math.imul(high ^ unit, 0x85eb_ca6b) ^ (high >>> 13)
      }
      low = Math.imul(low ^ 0xffff, 0x0100_0193)
      high = Math.imul(high ^ 0xffff, 0x85eb_ca6b) ^ (high >>> 13)
    }
    this.#low = (this.#low + low) >>> 0
    this.#high = (this.#high + high) >>> 0
  }

  /** What was counted since the last call. */
  take(): TableTally {
    const tally: TableTally = {
      upserts: this.#upserts,
      deletes: this.#deletes,
      sums: [this.#low, this.#high],
    }
    this.#upserts = 0
    this.#deletes = 0
    this.#low = 0
    this.#high = 0
    return tally
  }
}

// A missing column and null are one thing in a table, and no text looks like it.
function textOf(value: ColumnValue | undefined): string {
  return value === null || value === undefined ? '\u0000' : `${typeof value}${String(value)}`
}
