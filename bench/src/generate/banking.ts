/** The elements of the banking resolver: preconditions, and dependents of which three in ten come too early. */
import { mix, pick, seed } from './mixing.js'
import { poolText } from './text-pool.js'

const payloadLength = 100

/** Something that others refer to. */
export interface Precondition {
  readonly kind: 'precondition'
  readonly id: number
  readonly version: number
  readonly payload: string
}

/** Something that refers to a precondition by `fk`. */
export interface Dependent {
  readonly kind: 'dependent'
  readonly id: number
  readonly fk: number
  readonly seq: number
  readonly payload: string
}

/** What the source emits: both kinds, alternating. */
export type BankingElement = Precondition | Dependent

/** Element number `index` of `records` (an even number): even ones are preconditions, odd ones dependents. */
export function bankingElementAt(index: number, records: number): BankingElement {
  const count = records / 2
  const turn = index >> 1
  const hash = mix(index ^ seed)
  const payload = poolText(hash, payloadLength)
  if ((index & 1) === 0) return { kind: 'precondition', id: idOf(turn, count), version: 1, payload }
  const target = mix((hash + 1) | 0)
  const isEarly = turn + 1 < count && pick(hash, 10) < 3
  const refersTo = isEarly ? turn + 1 + pick(target, count - turn - 1) : pick(target, turn + 1)
  return { kind: 'dependent', id: turn, fk: idOf(refersTo, count), seq: turn, payload }
}

/** Scatters 0 … count - 1; one to one where `count` shares no factor with 618,033 = 3 · 13² · 23 · 53, as powers of ten do not. */
function idOf(turn: number, count: number): number {
  return (turn * 618_033 + 12_345) % count
}
