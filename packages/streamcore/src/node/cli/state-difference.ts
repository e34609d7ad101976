/** What is different between two checkpoints, entry by entry. */
import { RestoredState } from '../../checkpoint/restored-state.js'
import { type StoredEntry, storedEntries } from '../../checkpoint/stored-entries.js'
import { canonicalText } from '../../contracts/key.js'
import type { JsonValue } from '../../contracts/source.js'
import { jsonNotation } from '../../serde/json-notation.js'
import type { OpenCheckpoint } from './open-checkpoint.js'

/** One difference; `before` is missing where something was added, `after` where it was removed. */
export interface Difference {
  readonly uid: string
  /** The state's name, or `timers`, `messages`, `operator`, `pending`. */
  readonly what: string
  readonly key?: JsonValue
  readonly before?: JsonValue
  readonly after?: JsonValue
}

/** All differences, operator by operator; one operator of the first checkpoint is in memory as text. */
export async function* differencesOf(a: OpenCheckpoint, b: OpenCheckpoint): AsyncGenerator<Difference> {
  const uids = new Set([...a.manifest.operators, ...b.manifest.operators].map(({ uid }) => uid))
  for (const uid of uids) {
    const before = await textsOf(a, uid)
    for (const [id, entry] of await textsOf(b, uid)) {
      const old = before.get(id)
      before.delete(id)
      if (old === undefined) yield difference(uid, entry, { after: entry.value })
      else if (JSON.stringify(old.value) !== JSON.stringify(entry.value))
        yield difference(uid, entry, { before: old.value, after: entry.value })
    }
    for (const entry of before.values()) yield difference(uid, entry, { before: entry.value })
  }
}

interface ComparedEntry {
  readonly what: string
  readonly key: JsonValue | undefined
  readonly value: JsonValue
}

async function textsOf(checkpoint: OpenCheckpoint, uid: string): Promise<Map<string, ComparedEntry>> {
  const operator = checkpoint.manifest.operators.find((each) => each.uid === uid)
  const entries = new Map<string, ComparedEntry>()
  if (operator === undefined) return entries
  const counts = new Map<string, number>()
  for await (const entry of storedEntries(
    new RestoredState(checkpoint.storage, checkpoint.manifest),
    operator,
  )) {
    const compared = comparedEntry(entry)
    const name = `${compared.what}\n${'key' in entry ? canonicalText(entry.key) : ''}`
    // Entries without a name of their own, such as messages of one key and elements of a list, are compared in their order.
    const count = counts.get(name) ?? 0
    if (entry.kind !== 'state') counts.set(name, count + 1)
    entries.set(`${name}\n${count}`, compared)
  }
  return entries
}

function comparedEntry(entry: StoredEntry): ComparedEntry {
  const key = 'key' in entry ? jsonNotation(entry.key) : undefined
  switch (entry.kind) {
    case 'state':
    case 'element':
    case 'broadcast':
      return { what: entry.state, key, value: jsonNotation(entry.value) }
    case 'timer':
      return { what: 'timers', key, value: `${entry.domain} time ${entry.timestampMs}` }
    case 'message':
      return { what: 'messages', key, value: jsonNotation(entry.value) }
    case 'operator':
    case 'pending':
      return { what: entry.kind, key, value: jsonNotation(entry.value) }
  }
}

function difference(
  uid: string,
  { what, key }: ComparedEntry,
  values: Pick<Difference, 'before' | 'after'>,
): Difference {
  return { uid, what, ...(key === undefined ? {} : { key }), ...values }
}
