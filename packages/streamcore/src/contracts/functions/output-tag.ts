/** Names a side output and its record type. */
import type { TypeTag } from '../schema.js'

/** A side output; two tags with the same id are the same side output of an operator. */
export interface OutputTag<T> extends TypeTag<T> {
  readonly id: string
}

/** Makes the tag of a side output: `const late = outputTag<Order>('late')`. */
export function outputTag<T>(id: string): OutputTag<T> {
  return Object.freeze({ id })
}
