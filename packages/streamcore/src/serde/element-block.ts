/** Elements of one operator state as bytes: they belong to a subtask, not to keys. */
import type { OperatorStateDescription } from '../contracts/state/operator-state.js'
import type { ValuePlace } from './serializable.js'
import { decodeValue, encodeValue } from './value-codec.js'

/** Some elements of one state of one subtask: values of a list, or `[key, value]` of a broadcast state. */
export interface ElementBlock extends OperatorStateDescription {
  readonly elements: readonly unknown[]
}

/** The bytes of a block; an element that can not be serialised is refused with its place. */
export function encodeElementBlock(block: ElementBlock, place: ValuePlace): Uint8Array {
  // First alone, so that a message names the path within the elements.
  const elements = encodeValue(block.elements, place)
  const { name, kind, version } = block
  return encodeValue({ name, kind, version, elements }, place)
}

/** A block of the bytes. */
export function decodeElementBlock(bytes: Uint8Array): ElementBlock {
  const { elements, ...state } = decodeValue<OperatorStateDescription & { readonly elements: Uint8Array }>(
    bytes,
  )
  return { ...state, elements: decodeValue<readonly unknown[]>(elements) }
}
