/** Sorts the rows of a block by key group: a radix sort, because sorting is what blocks would spend most of their time on. */
import { blockRowsMax } from './block.js'

const digits = 256
const counts = new Uint32Array(digits)
/** The rows between the two passes. */
const halfway = new Uint16Array(blockRowsMax)

/** Row numbers in the order of their key groups, which have 15 bits; rows of one group keep their order. */
export function orderByKeyGroup(keyGroups: readonly number[]): Uint16Array {
  const count = keyGroups.length
  const order = new Uint16Array(count)
  for (let row = 0; row < count; row++) order[row] = row
  pass({ from: order, to: halfway, keyGroups, shift: 0 })
  pass({ from: halfway, to: order, keyGroups, shift: 8 })
  return order
}

interface Pass {
  readonly from: Uint16Array
  readonly to: Uint16Array
  readonly keyGroups: readonly number[]
  /** Which eight bits of a key group decide. */
  readonly shift: number
}

function pass({ from, to, keyGroups, shift }: Pass): void {
  counts.fill(0)
  for (let row = 0; row < keyGroups.length; row++) counts[(keyGroups[row]! >> shift) & 0xff]!++
  let start = 0
  for (let digit = 0; digit < digits; digit++) {
    const size = counts[digit]!
    counts[digit] = start
    start += size
  }
  for (let index = 0; index < keyGroups.length; index++) {
    const row = from[index]!
    to[counts[(keyGroups[row]! >> shift) & 0xff]!++] = row
  }
}
