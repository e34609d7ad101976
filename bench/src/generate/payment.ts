/** Payments of accounts: each repeats one of a few thousand standing orders, so that results can be found order by order. */
import { mix, pick, seed } from './mixing.js'

/** A payment: 32-bit integers only. */
export interface Payment {
  readonly account: number
  readonly payee: number
  readonly amount: number
  readonly channel: number
  readonly seq: number
}

/** What is known of an account, and kept with it. */
export interface Profile {
  readonly limit: number
  readonly country: number
  readonly openedDay: number
  readonly segment: number
}

/** How many standing orders there are. */
export const orderCount = 4_096

const accountCount = 1_000

/** Number of the standing order that payment number `index` carries out. */
export function orderAt(index: number): number {
  return pick(mix(index ^ seed), orderCount)
}

/** Payment number `index`. */
export function paymentAt(index: number): Payment {
  return paymentOf(orderAt(index), index)
}

/** A payment of the standing order. */
export function paymentOf(order: number, seq: number): Payment {
  const hash = mix(order ^ seed)
  return {
    account: pick(hash, accountCount),
    payee: pick(mix(hash + 1), 100_000),
    amount: 1 + pick(mix(hash + 2), 1_000_000),
    channel: pick(mix(hash + 3), 5),
    seq,
  }
}

/** The profile of an account. */
export function profileOf(account: number): Profile {
  const hash = mix(~account)
  return {
    limit: 1_000 * (1 + pick(hash, 50)),
    country: pick(mix(hash + 1), 200),
    openedDay: pick(mix(hash + 2), 10_000),
    segment: pick(mix(hash + 3), 8),
  }
}
