/** What long lists and large maps share: their rows, and numbers that no other collection has had. */
import { StreamcoreError } from '../../contracts/errors.js'
import type { RowStore } from './row-store.js'

/** Of one backend. */
export class Collections {
  readonly rows: RowStore
  #lastId = 0

  constructor(rows: RowStore) {
    this.rows = rows
  }

  /** A number for the rows of a new collection; rows of a dropped one can never be taken for those of another. */
  nextId(): number {
    this.#lastId++
    return this.#lastId
  }

  /** A row that must be there; damage is found here at the latest. */
  row(name: string): Uint8Array {
    const bytes = this.rows.read(name)
    if (bytes !== undefined) return bytes
    throw lostRow(name)
  }
}

/** The store does not have what was put there. */
export function lostRow(name: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_IO',
    `Expected row ${name} in the working state, got none: the store has lost it; check the disk, then start again`,
  )
}
