// Orders of reads, writes and evictions in which a cache with write-behind loses updates.
import { beforeEach, describe, expect, it } from 'vitest'
import { keyGroupRange } from '../../contracts/key-groups.js'
import { valueState } from '../../contracts/state/state-descriptors.js'
import type { ValueState } from '../../contracts/state/state-handles.js'
import { finish } from '../../testing/contracts/keyed-state-fixture.js'
import { HeapKeyedStateBackend } from '../heap-keyed-state-backend.js'
import { KeyValueStateBackend } from './key-value-state-backend.js'
import { TestStore } from '../test/test-store.js'

const options = { uid: 'count', keyGroups: keyGroupRange(0, 1) }

let store: TestStore
let backend: KeyValueStateBackend
let count: ValueState<number>

beforeEach(() => {
  store = new TestStore()
  backend = new KeyValueStateBackend(store, options, { cacheBytes: 0, pageRows: 2 })
  count = valueState<number>('count').bind(backend)
})

/** Adds one to the key; whatever else was in the cache is evicted. */
function add(key: string): number {
  backend.setCurrentKey(key)
  count.update((count.value() ?? 0) + 1)
  return count.value() ?? 0
}

describe('a key that is evicted again', () => {
  it('keeps its updates while its earlier write is under way', async () => {
    store.isHeld = true
    expect([add('a'), add('b'), add('a')]).toEqual([1, 1, 2])
    await store.idle()
    store.isHeld = true
    // The write of a = 2 is under way, that of a = 3 is queued, and the first one ends.
    add('b')
    await Promise.resolve()
    expect(store.held).toEqual(['batch'])
    expect([add('a'), add('b')]).toEqual([3, 3])
    await store.letOne('batch')
    expect([add('a'), add('b')]).toEqual([4, 4])
    await store.idle()
    expect([add('a'), add('b')]).toEqual([5, 5])
  })

  it.each(['', 'and it is prefetched again'])(
    'keeps its updates when a prefetch of its older value is answered late %s',
    async (isAskedAgain) => {
      // Two entries fit, so that a wrong answer would stay.
      backend = new KeyValueStateBackend(store, options, { cacheBytes: 480 })
      count = valueState<number>('count').bind(backend)
      for (const key of ['a', 'b', 'c']) add(key)
      await store.idle()
      store.isHeld = true
      const loading = backend.prefetch(['a'])
      for (const key of ['a', 'd', 'e']) add(key)
      await Promise.resolve()
      expect(store.held).toEqual(['getMany', 'batch'])
      await store.letOne('batch')
      const again = isAskedAgain ? backend.prefetch(['a']) : undefined
      await store.letOne('getMany')
      await store.idle()
      await loading
      await again
      expect(add('a')).toBe(3)
    },
  )

  it('is not prefetched behind a write that is under way', async () => {
    add('a')
    await store.idle()
    store.isHeld = true
    add('b')
    await Promise.resolve()
    // The store would still answer without it.
    expect(store.held).toEqual(['batch'])
    const loading = backend.prefetch(['a'])
    expect(loading).toBeUndefined()
    await store.idle()
    expect(add('a')).toBe(2)
  })
})

describe('a snapshot', () => {
  async function restored(blocks: readonly Uint8Array[]): Promise<Record<string, number | undefined>> {
    const target = new HeapKeyedStateBackend(options)
    const counts = valueState<number>('count').bind(target)
    for (const block of blocks) target.restoreBlock(block)
    const values: Record<string, number | undefined> = {}
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      target.setCurrentKey(key)
      values[key] = counts.value()
    }
    return values
  }

  it('holds each key once, as it was, whatever happens to keys while a page is read and after', async () => {
    for (const key of ['a', 'b', 'c', 'd']) add(key)
    await store.idle()
    const snapshot = backend.snapshot(1)
    await store.idle()
    store.isHeld = true
    // The page holds a and b; both change, leave the cache and are written before the page is looked at.
    for (const key of ['b', 'a', 'e', 'd', 'b']) add(key)
    await store.idle()
    const blocks = await finish(snapshot, 1)
    expect(await restored(blocks)).toEqual({ a: 1, b: 1, c: 1, d: 1, e: undefined })
    expect(await restored(await finish(backend.snapshot(2)))).toEqual({ a: 2, b: 3, c: 1, d: 2, e: 1 })
  })

  it('does not hold a key twice that is used after the walk has passed it', async () => {
    for (const key of ['a', 'b', 'c', 'd']) add(key)
    await store.idle()
    const snapshot = backend.snapshot(1)
    await snapshot.waitsFor()
    snapshot.writeSlice(1)
    add('a')
    backend.setCurrentKey('b')
    add('c')
    add('a')
    expect(await restored(await finish(snapshot, 1))).toEqual({ a: 1, b: 1, c: 1, d: 1, e: undefined })
  })
})
