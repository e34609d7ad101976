/** Everything a checkpoint holds, entry by entry, without the job that made it: for looking into it, comparing and exporting. */
import type { OperatorManifest } from '../contracts/checkpoint-storage.js'
import type { Key, MapKey } from '../contracts/key.js'
import { type KeyGroupRange, maxParallelism } from '../contracts/key-groups.js'
import type { TimeDomain } from '../contracts/state/keyed-state-backend.js'
import { isOperatorState } from '../contracts/state/operator-state.js'
import type { BoundState } from '../contracts/state/state-descriptors.js'
import { decodeKeyedBlock } from '../serde/block.js'
import { decodeElementBlock } from '../serde/element-block.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { decodeMessageBlock } from '../serde/message-blocks.js'
import { stored } from '../serde/stored-value.js'
import { HeapKeyedStateBackend } from '../state/heap-keyed-state-backend.js'
import { timeDomains } from '../state/state-columns.js'
import { visibleContent } from '../state/ttl/stamped.js'
import type { RestoredState } from './restored-state.js'

/** An entry of a checkpoint. */
export type StoredEntry =
  | {
      readonly kind: 'state'
      readonly uid: string
      readonly state: string
      readonly key: Key
      readonly value: unknown
    }
  | {
      readonly kind: 'timer'
      readonly uid: string
      readonly key: Key
      readonly domain: TimeDomain
      readonly timestampMs: number
    }
  | { readonly kind: 'message'; readonly uid: string; readonly key: Key; readonly value: unknown }
  /** An element of a list that a subtask keeps without a key. */
  | { readonly kind: 'element'; readonly uid: string; readonly state: string; readonly value: unknown }
  /** An entry of a broadcast state. */
  | {
      readonly kind: 'broadcast'
      readonly uid: string
      readonly state: string
      readonly key: MapKey
      readonly value: unknown
    }
  /** What an operator keeps of its own: positions of a source, the watermark of a process function. */
  | { readonly kind: 'operator'; readonly uid: string; readonly value: unknown }
  /** Output of a sink that the checkpoint has to commit. */
  | { readonly kind: 'pending'; readonly uid: string; readonly value: unknown }

/** Bytes of keyed parts that are held in memory at once, decoded. */
const rangeSizeBytes = 32 * 1_024 * 1_024

/** The entries of one operator: first what has no key, then keyed entries by key group. */
export async function* storedEntries(
  restored: RestoredState,
  operator: OperatorManifest,
): AsyncGenerator<StoredEntry> {
  const { uid } = operator
  for (const value of await restored.operatorStates<unknown>(uid)) yield { kind: 'operator', uid, value }
  yield* operatorStateEntries(restored, uid)
  for (const value of await restored.pendingOutput(uid)) yield { kind: 'pending', uid, value }
  for (const range of keyGroupRanges(restored, uid)) yield* keyedEntries(restored, operator, range)
}

/** The elements of lists, subtask by subtask, and the entries of broadcast states. */
export async function* operatorStateEntries(
  restored: RestoredState,
  uid: string,
): AsyncGenerator<StoredEntry> {
  for await (const { block } of restored.operatorStateBlocks(uid)) {
    const { name: state, kind, elements } = decodeElementBlock(block)
    for (const element of elements) {
      if (kind !== 'broadcast') yield { kind: 'element', uid, state, value: element }
      else {
        const [key, value] = stored<readonly [MapKey, unknown]>(element)
        yield { kind: 'broadcast', uid, state, key, value }
      }
    }
  }
}

/** The keyed entries of these key groups, merged as a restore would merge them. */
export async function* keyedEntries(
  restored: RestoredState,
  operator: OperatorManifest,
  keyGroups: KeyGroupRange,
): AsyncGenerator<StoredEntry> {
  const { uid } = operator
  const backend = new HeapKeyedStateBackend({ uid, keyGroups })
  bindAll(
    backend,
    operator.states.flatMap((state) => (isOperatorState(state) ? [] : [state])),
  )
  const nowMs = await timesOf(restored, uid)
  const messages: StoredEntry[] = []
  for await (const block of restored.blocks(uid, 'keyed', keyGroups)) backend.restoreBlock(block)
  for await (const block of restored.blocks(uid, 'messages', keyGroups)) {
    for (const { key, message } of decodeMessageBlock(block, keyGroups))
      messages.push({ kind: 'message', uid, key, value: message })
  }
  const snapshot = backend.snapshot(1)
  for (let isDone = false; !isDone; ) {
    isDone = snapshot.writeSlice(1_000)
    for (const block of snapshot.takeBlocks()) yield* entriesOfBlock(block, uid, nowMs)
  }
  yield* messages
  await backend.close()
}

/** The entries of one key, also those of broadcast states. */
export async function entriesOfKey(
  restored: RestoredState,
  operator: OperatorManifest,
  key: Key,
): Promise<readonly StoredEntry[]> {
  const keyGroup = keyGroupOfKey(key)
  const found: StoredEntry[] = []
  for await (const entry of operatorStateEntries(restored, operator.uid)) {
    if ('key' in entry && isSameKey(entry.key, key)) found.push(entry)
  }
  for await (const entry of keyedEntries(restored, operator, { start: keyGroup, end: keyGroup })) {
    if ('key' in entry && isSameKey(entry.key, key)) found.push(entry)
  }
  return found
}

/** What has expired is told by the time of the checkpoint, so that it always says the same. */
async function timesOf(restored: RestoredState, uid: string): Promise<Readonly<Record<TimeDomain, number>>> {
  const subtasks = await restored.operatorStates<{ readonly watermarkMs: number }>(uid)
  const watermarksMs = subtasks.map(({ watermarkMs }) => watermarkMs)
  return {
    processing: restored.manifest.createdMs,
    event: watermarksMs.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...watermarksMs),
  }
}

function* entriesOfBlock(
  bytes: Uint8Array,
  uid: string,
  nowMs: Readonly<Record<TimeDomain, number>>,
): Generator<StoredEntry> {
  const { section, columns, keys, cells } = decodeKeyedBlock(bytes)
  for (const [row, key] of keys.entries()) {
    if (section === 'timers') {
      const domain = timeDomains[Number(cells[0]?.[row])] ?? 'event'
      yield { kind: 'timer', uid, key, domain, timestampMs: Number(cells[1]?.[row]) }
      continue
    }
    for (const [column, { name, kind, ttl }] of columns.entries()) {
      const cell = cells[column]?.[row]
      const value = ttl === undefined ? cell : visibleContent(cell, kind, ttl, nowMs[ttl.timeDomain])
      if (value !== undefined) yield { kind: 'state', uid, state: name, key, value }
    }
  }
}

/** So many ranges that each one fits into memory; a part is read once per range that it touches. */
function keyGroupRanges(restored: RestoredState, uid: string): readonly KeyGroupRange[] {
  const sizeBytes = restored.manifest.parts
    .filter((part) => part.uid === uid && part.kind === 'keyed')
    .reduce((sum, part) => sum + part.sizeBytes, 0)
  const count = Math.min(1_024, Math.max(1, Math.ceil(sizeBytes / rangeSizeBytes)))
  const size = maxParallelism / count
  return Array.from({ length: count }, (_, index) => ({
    start: Math.floor(index * size),
    end: Math.floor((index + 1) * size) - 1,
  }))
}

function bindAll(backend: HeapKeyedStateBackend, states: readonly BoundState[]): void {
  for (const each of states) {
    // Everything is read, whether it has expired or not.
    const state = { ...each, nowMs: () => Number.NEGATIVE_INFINITY }
    switch (state.kind) {
      case 'value':
        backend.valueState(state)
        break
      case 'list':
        backend.listState(state)
        break
      case 'map':
        backend.mapState(state)
        break
      case 'reducing':
        // Nothing is added, so nothing is folded.
        backend.reducingState(state, (accumulator) => accumulator)
        break
    }
  }
}

function isSameKey(a: Key, b: Key): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each: Key, index) => isSameKey(each, b[index] ?? ''))
  }
  return a === b
}
