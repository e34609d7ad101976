/** The event of the stateless and the counting workloads. */
import { baseMs, mix, pick, seed } from './mixing.js'

/** A small record: three 32-bit integers and an event time. */
export interface Event {
  readonly key: number
  readonly seq: number
  readonly value: number
  readonly ts: number
}

/** Event number `index`, with one of `keys` keys. 1,000 events share a millisecond. */
export function eventAt(index: number, keys: number): Event {
  const hash = mix(index ^ seed)
  return { key: pick(hash, keys), seq: index, value: hash, ts: baseMs + Math.floor(index / 1_000) }
}
