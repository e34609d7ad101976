/** The keys under which a key-value store holds checkpoints; numbers are padded, so that keys sort as numbers do. */
import { assert } from '../contracts/assert.js'
import type { CheckpointRef } from '../contracts/checkpoint-storage.js'
import type { KeyValueEntry, KeyValueOperation, KeyValueStore } from '../contracts/ports/key-value-store.js'

const digits = 16
const entriesPerPage = 16

/** `slot/<id>`, `commit/<id>/<committedBy>`, `part/<id>/<madeBy>/<name>`, `block/<id>/<madeBy>/<name>/<index>`. */
export function keyOf(
  kind: 'slot' | 'commit' | 'part' | 'block',
  ref: CheckpointRef,
  name?: string,
  index?: number,
): string {
  if (kind === 'slot') return `slot/${padded(ref.id)}`
  const path = [kind, padded(ref.id), padded(ref.madeBy)]
  if (name !== undefined) path.push(name)
  if (index !== undefined) path.push(padded(index))
  return path.join('/')
}

/** The prefix of all parts of a checkpoint. */
export function keysUnder(kind: 'part', ref: CheckpointRef): string {
  return `${keyOf(kind, ref)}/`
}

/** What a key was made of. */
export function idsIn(key: string): CheckpointRef & { readonly name: string } {
  const [, id, madeBy, name = ''] = key.split('/')
  assert(id !== undefined, `a key of checkpoints holds an id: ${key}`)
  return { id: Number(id), madeBy: Number(madeBy ?? 0), name }
}

/** A write of a batch. */
export function put(key: string, value: Uint8Array): KeyValueOperation {
  return { kind: 'put', key, value }
}

/** A deletion of a batch. */
export function deletion(key: string): KeyValueOperation {
  return { kind: 'delete', key }
}

/** The first entries whose keys begin with the prefix, or the last ones. */
export async function readPrefix(
  store: KeyValueStore,
  prefix: string,
  options: { readonly limit: number; readonly reverse?: boolean },
): Promise<readonly KeyValueEntry[]> {
  return await store.entries({ gte: prefix, lt: afterPrefix(prefix), ...options })
}

/** All entries whose keys begin with the prefix, a page at a time. */
export async function* readPages(store: KeyValueStore, prefix: string): AsyncGenerator<KeyValueEntry> {
  let gte = prefix
  for (;;) {
    const page = await store.entries({ gte, lt: afterPrefix(prefix), limit: entriesPerPage })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < entriesPerPage) return
    gte = `${last.key}\0`
  }
}

/** The first key after all that begin with the prefix, which ends in a slash. */
function afterPrefix(prefix: string): string {
  return `${prefix.slice(0, -1)}0`
}

function padded(number: number): string {
  return String(number).padStart(digits, '0')
}
