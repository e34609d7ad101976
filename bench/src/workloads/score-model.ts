/** A small neural network that scores a payment, in 32-bit integers: about 25,000 multiplications, the same in every language. */
import { mix, pick, seed } from '../generate/mixing.js'
import type { Payment, Profile } from '../generate/payment.js'

/** Numbers that each field of payment and profile is turned into. */
const numbersPerField = 4
/** Activations are from 0 to this. */
const largest = 127
const inputs = new Int32Array(8 * numbersPerField)
const firstHidden = new Int32Array(256)
const secondHidden = new Int32Array(64)
const score = new Int32Array(1)
const layers = [
  layer(inputs, firstHidden, 1),
  layer(firstHidden, secondHidden, 2),
  layer(secondHidden, score, 3),
] as const

/** The score of a payment, 0 to 127. */
export function scoreOf(payment: Payment, profile: Profile): number {
  const { account, payee, amount, channel } = payment
  const { limit, country, openedDay, segment } = profile
  embed(0, account)
  embed(1, payee)
  embed(2, amount)
  embed(3, channel)
  embed(4, limit)
  embed(5, country)
  embed(6, openedDay)
  embed(7, segment)
  for (const each of layers) propagate(each)
  return score[0] ?? 0
}

interface Layer {
  readonly from: Int32Array
  readonly to: Int32Array
  /** Of all units, one after the other; from -127 to 127. */
  readonly weights: Int32Array
  /** Brings sums back to the size of activations. */
  readonly shift: number
}

function layer(from: Int32Array, to: Int32Array, number: number): Layer {
  const start = mix(number ^ seed)
  const weights = Int32Array.from(
    { length: from.length * to.length },
    (_, index) => pick(mix((start + index) | 0), 2 * largest + 1) - largest,
  )
  return { from, to, weights, shift: 7 + (Math.log2(from.length) >> 1) }
}

function embed(field: number, value: number): void {
  const start = field * numbersPerField
  for (let index = start; index < start + numbersPerField; index++) {
    inputs[index] = pick(mix((value + Math.imul(index, seed)) | 0), largest + 1)
  }
}

function propagate({ from, to, weights, shift }: Layer): void {
  for (let unit = 0; unit < to.length; unit++) {
    const start = unit * from.length
    let sum = 0
    for (let index = 0; index < from.length; index++) {
      sum = (sum + Math.imul(from[index] ?? 0, weights[start + index] ?? 0)) | 0
    }
    to[unit] = Math.min(Math.max(sum >> shift, 0), largest)
  }
}
