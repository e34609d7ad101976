/** Collects rows and makes blocks of them; the format is described in block.ts. */
import { assert } from '../contracts/assert.js'
import type { Key } from '../contracts/key.js'
import {
  type BlockColumn,
  type BlockSection,
  blockFormatVersion,
  blockHeaderBytes,
  blockMagic,
  blockRowsMax,
  blockSections,
  mayStandIn,
} from './block.js'
import { crc32 } from './crc32.js'
import { orderByKeyGroup } from './key-group-order.js'
import { withMarkedNegativeZeros } from './negative-zero.js'
import { assertSerializable, inspectValue, verdict } from './serializable.js'
import { packPlain } from './value-codec.js'

/** Blocks larger than this are cut in two, as long as they have two rows. */
export const blockBytesTarget: number = 1024 * 1024

/** How a writer is made. */
export interface KeyedBlockWriterOptions {
  readonly section: BlockSection
  readonly columns: readonly BlockColumn[]
  /** Names the operator in errors. */
  readonly uid: string
  /** The rows belong to a delta; false unless told. */
  readonly isDelta?: boolean
  /** Rows of a block; 1,000 unless told. */
  readonly rowsPerBlock?: number
}

/** Collects rows in any order; each time enough are there they become a block, sorted by key group. */
export class KeyedBlockWriter {
  readonly #section: BlockSection
  readonly #columns: readonly BlockColumn[]
  readonly #uid: string
  readonly #rowsPerBlock: number
  readonly #isDelta: boolean
  #keyGroups: number[] = []
  #keys: Key[] = []
  #cells: unknown[][]
  #blocks: Uint8Array[] = []

  constructor(options: KeyedBlockWriterOptions) {
    this.#section = options.section
    this.#columns = options.columns
    this.#uid = options.uid
    this.#isDelta = options.isDelta ?? false
    assert(mayStandIn(options.section, this.#isDelta), `section ${options.section} is where it belongs`)
    this.#rowsPerBlock = options.rowsPerBlock ?? 1000
    assert(
      this.#rowsPerBlock >= 1 && this.#rowsPerBlock <= blockRowsMax,
      `a block has 1 to ${blockRowsMax} rows`,
    )
    this.#cells = this.#columns.map(() => [])
  }

  /** Rows that are not in a block yet. */
  get pendingRows(): number {
    return this.#keys.length
  }

  /** Adds a row; one cell for each column. The cells must not change before they are in a block. */
  add(keyGroup: number, key: Key, cells: readonly unknown[]): void {
    this.#keyGroups.push(keyGroup)
    this.#keys.push(key)
    for (let column = 0; column < this.#cells.length; column++) this.#cells[column]!.push(cells[column])
    if (this.#keys.length >= this.#rowsPerBlock) this.flush()
  }

  /** Makes a block of the pending rows, if there are any. */
  flush(): void {
    if (this.#keys.length === 0) return
    const order = orderByKeyGroup(this.#keyGroups)
    // Rows that are refused stay: whoever goes on after the failure must not get blocks without them.
    this.#encode({
      keyGroups: permuted(this.#keyGroups, order),
      keys: permuted(this.#keys, order),
      cells: this.#cells.map((column) => permuted(column, order)),
    })
    this.#keyGroups = []
    this.#keys = []
    this.#cells = this.#columns.map(() => [])
  }

  /** The blocks made since the last call, in the order of their rows. */
  takeBlocks(): readonly Uint8Array[] {
    const blocks = this.#blocks
    this.#blocks = []
    return blocks
  }

  #encode(rows: Rows): void {
    const payload = packPlain({
      columns: this.#columns,
      keys: this.#checkedKeys(rows),
      cells: this.#checkedCells(rows),
    })
    const count = rows.keys.length
    if (payload.length <= blockBytesTarget || count === 1) {
      this.#blocks.push(this.#frame(rows.keyGroups, payload))
      return
    }
    const middle = count >> 1
    this.#encode(part(rows, 0, middle))
    this.#encode(part(rows, middle, count))
  }

  #checkedKeys({ keys }: Rows): readonly Key[] {
    for (const key of keys) {
      // A -0 inside a tuple may become 0: they are the same key.
      if (inspectValue(key) === verdict.refused)
        assertSerializable(key, { what: 'a key', uid: this.#uid, key })
    }
    return keys
  }

  #checkedCells({ keys, cells }: Rows): readonly (readonly unknown[])[] {
    return cells.map((column, index) => {
      let worst: number = verdict.plain
      for (let row = 0; row < column.length; row++) {
        const found = inspectValue(column[row])
        if (found === verdict.refused) {
          const { name } = this.#columns[index]!
          assertSerializable(column[row], { what: this.#place(name), uid: this.#uid, key: keys[row]! })
        }
        if (found > worst) worst = found
      }
      return worst === verdict.plain ? column : column.map(withMarkedNegativeZeros)
    })
  }

  #place(column: string): string {
    return this.#section === 'state'
      ? `state "${column}"`
      : `the ${column} of a ${this.#section.slice(0, -1)}`
  }

  #frame(keyGroups: readonly number[], payload: Uint8Array): Uint8Array {
    const groupCount = distinctIn(keyGroups)
    const payloadStart = blockHeaderBytes + 4 * groupCount
    const payloadEnd = payloadStart + payload.length
    const bytes = new Uint8Array(payloadEnd + 4)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, blockMagic, true)
    bytes[4] = blockFormatVersion
    bytes[5] = blockSections.indexOf(this.#section) + 1
    bytes[6] = this.#isDelta ? 1 : 0
    view.setUint32(8, keyGroups.length, true)
    view.setUint32(12, groupCount, true)
    view.setUint32(16, payload.length, true)
    let row = 0
    for (let at = blockHeaderBytes; at < payloadStart; at += 4) {
      const first = row
      const keyGroup = keyGroups[first]!
      while (row < keyGroups.length && keyGroups[row] === keyGroup) row++
      view.setUint16(at, keyGroup, true)
      view.setUint16(at + 2, row - first, true)
    }
    bytes.set(payload, payloadStart)
    view.setUint32(payloadEnd, crc32(bytes, 0, payloadEnd), true)
    return bytes
  }
}

interface Rows {
  readonly keyGroups: readonly number[]
  readonly keys: readonly Key[]
  readonly cells: readonly (readonly unknown[])[]
}

function part({ keyGroups, keys, cells }: Rows, start: number, end: number): Rows {
  return {
    keyGroups: keyGroups.slice(start, end),
    keys: keys.slice(start, end),
    cells: cells.map((column) => column.slice(start, end)),
  }
}

/** How many different numbers there are in a sorted array. */
function distinctIn(sorted: readonly number[]): number {
  let count = 0
  for (let index = 0; index < sorted.length; index++)
    if (index === 0 || sorted[index] !== sorted[index - 1]) count++
  return count
}

function permuted<T>(values: readonly T[], order: Uint16Array): T[] {
  const result: T[] = []
  for (let index = 0; index < order.length; index++) result.push(values[order[index]!]!)
  return result
}
