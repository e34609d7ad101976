/** What the cache of a key-value backend keeps for a key: one slot per declared state, the first two without an array. */
import type { Key } from '../../contracts/key.js'

/** A key's states. An undefined slot is an empty state. */
export class Entry {
  readonly key: Key
  /** When it was changed last; see `EntryVersions`. */
  version: number
  slot0: unknown = undefined
  slot1: unknown = undefined
  more: unknown[] | undefined = undefined

  constructor(key: Key, version: number) {
    this.key = key
    this.version = version
  }
}

const slotsInFields = 2

/** What a slot holds. */
export function readSlot(entry: Entry, slot: number): unknown {
  switch (slot) {
    case 0:
      return entry.slot0
    case 1:
      return entry.slot1
    default:
      return entry.more === undefined ? undefined : entry.more[slot - slotsInFields]
  }
}

/** Puts something into a slot; undefined empties it. */
export function writeSlot(entry: Entry, slot: number, content: unknown): void {
  switch (slot) {
    case 0:
      entry.slot0 = content
      return
    case 1:
      entry.slot1 = content
      return
    default:
      entry.more ??= []
      while (entry.more.length <= slot - slotsInFields) entry.more.push(undefined)
      entry.more[slot - slotsInFields] = content
  }
}

/** Whether all states of the key are empty, so that it need not be kept. */
export function isEmptyEntry(entry: Entry): boolean {
  return (
    entry.slot0 === undefined &&
    entry.slot1 === undefined &&
    (entry.more === undefined || entry.more.every((content) => content === undefined))
  )
}
