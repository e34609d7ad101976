// Deltas of a cache that keeps nothing: what they tell must not depend on what is in memory.
import { beforeEach, describe, expect, it } from 'vitest'
import { keyGroupRange } from '../../contracts/key-groups.js'
import type { KeyedSnapshotKind } from '../../contracts/state/keyed-state-backend.js'
import { valueState } from '../../contracts/state/state-descriptors.js'
import type { ValueState } from '../../contracts/state/state-handles.js'
import { finish, takeDue } from '../../testing/contracts/keyed-state-fixture.js'
import { TestStore } from '../test/test-store.js'
import { KeyValueStateBackend } from './key-value-state-backend.js'

const options = { uid: 'count', keyGroups: keyGroupRange(0, 1), isIncremental: true }

interface Open {
  readonly store: TestStore
  readonly backend: KeyValueStateBackend
  readonly count: ValueState<number>
}

let open: Open
let lastId: number

function openBackend(): Open {
  const store = new TestStore()
  const backend = new KeyValueStateBackend(store, options, { cacheBytes: 0, pageRows: 1 })
  return { store, backend, count: valueState<number>('count').bind(backend) }
}

beforeEach(() => {
  open = openBackend()
  lastId = 0
})

function set(key: string, value: number | undefined): void {
  open.backend.setCurrentKey(key)
  if (value === undefined) open.count.clear()
  else open.count.update(value)
}

async function snapshot(kind: KeyedSnapshotKind, isDurable: boolean): Promise<readonly Uint8Array[]> {
  const blocks = await finish(open.backend.snapshot(++lastId, kind))
  if (isDurable) open.backend.snapshotDurable(lastId)
  else open.backend.snapshotFailed(lastId)
  return blocks
}

/** What the blocks hold of some keys, and how many timers. */
async function restored(blocks: readonly Uint8Array[], keys: readonly string[]): Promise<readonly unknown[]> {
  const { backend, count } = openBackend()
  for (const block of blocks) await backend.restoreBlock(block)
  const values = keys.map((key) => {
    backend.setCurrentKey(key)
    return count.value()
  })
  return [...values, backend.timers.count('event')]
}

describe('a delta', () => {
  it('tells again that a key and its timer went, when the checkpoint that told it failed', async () => {
    set('a', 1)
    open.backend.timers.register('event', 5)
    set('b', 1)
    const base = await snapshot('full', true)
    expect(await takeDue(open.backend, 'event', 5)).toMatchObject({ key: 'a' })
    set('a', undefined)
    set('b', 2)
    await snapshot('delta', false)
    set('c', 1)
    const delta = await snapshot('delta', true)
    expect(await restored([...base, ...delta], ['a', 'b', 'c'])).toEqual([undefined, 2, 1, 0])
  })

  it('holds a key that was changed behind the walk of the snapshot before and read again', async () => {
    for (const key of ['a', 'b', 'c']) set(key, 1)
    const full = open.backend.snapshot(1, 'full')
    for (let slices = 0; slices < 2; slices++) {
      await full.waitsFor()
      full.writeSlice(1)
    }
    set('a', 2)
    set('c', 2)
    open.backend.setCurrentKey('a')
    const base = await finish(full)
    open.backend.snapshotDurable(1)
    lastId = 1
    const delta = await snapshot('delta', true)
    expect(await restored(base, ['a', 'b', 'c'])).toEqual([1, 1, 1, 0])
    expect(await restored([...base, ...delta], ['a', 'b', 'c'])).toEqual([2, 1, 2, 0])
  })

  it('leaves nothing in the store for keys that went, once that is durable', async () => {
    for (const key of ['a', 'b']) set(key, 1)
    await snapshot('full', true)
    set('a', undefined)
    for (const key of ['made and gone', 'too']) {
      set(key, 1)
      set(key, undefined)
    }
    await snapshot('delta', true)
    await snapshot('delta', true)
    await snapshot('delta', true)
    open.backend.setCurrentKey('b')
    await open.store.idle()
    expect(open.store.size).toBe(1)
  })

  it('is full as long as no snapshot of this backend is durable', async () => {
    set('a', 1)
    await snapshot('full', false)
    const next = open.backend.snapshot(2, 'delta')
    expect(next.kind).toBe('full')
    next.abort()
  })
})
