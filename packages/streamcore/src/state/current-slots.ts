/** The slots of the current key, as handles of values and accumulators see them on every backend. */
import type { Key } from '../contracts/key.js'

/** Reads and writes one slot of whatever key is current. */
export interface CurrentSlots {
  /** The current key, for messages. */
  readonly key: Key | undefined
  /** What a slot holds; undefined when its state is empty. */
  read(slot: number): unknown
  write(slot: number, content: unknown): void
  /** To be called before what a slot holds is changed in place. */
  touch(): void
  clear(slot: number): void
}
