// Keys whose state was cleared long before it would expire were still to be looked at then, and filled the memory until that moment.
import { describe, expect, it } from 'vitest'
import { keyGroupRange } from '../../contracts/key-groups.js'
import type { KeyedStateBackend } from '../../contracts/state/keyed-state-backend.js'
import { finish } from '../../testing/contracts/keyed-state-fixture.js'
import {
  bindMortal,
  lifeMs,
  openMortal,
  removeExpired,
  TestTime,
} from '../../testing/contracts/ttl-state-fixture.js'
import { heapStateBackend } from '../heap-keyed-state-backend.js'
import { keyValueStateBackend } from '../key-value/key-value-state-backend.js'
import { TestStore } from '../test/test-store.js'

const all = keyGroupRange(0, 1)
const never = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]

function nextCleanups({ cleanups }: KeyedStateBackend): readonly number[] {
  return [cleanups.nextMs('event'), cleanups.nextMs('processing')]
}

const stored = (store: TestStore, cacheBytes: number) =>
  keyValueStateBackend({ kind: 'stored', cacheBytes, open: () => Promise.resolve(store) })

describe.each([
  ['the heap', heapStateBackend],
  ['rows', (store: TestStore) => stored(store, 0)],
  ['a cache over rows', (store: TestStore) => stored(store, 1_000_000)],
])('a key whose state is cleared, in %s', (_, backendOver) => {
  it('is not looked at any more, and leaves nothing behind', async () => {
    const [time, store] = [new TestTime(), new TestStore()]
    const { backend, state } = await openMortal(backendOver(store), all, { time, bind: bindMortal })
    for (let key = 0; key < 100; key++) {
      backend.setCurrentKey(key)
      for (let round = 0; round < 2; round++) {
        state.value.update(1)
        state.usedList.add(1)
        state.ofEvents.update(1)
        backend.setCurrentKey(key % 2 === 0 ? key : 'elsewhere')
        backend.setCurrentKey(key)
        state.value.clear()
        state.usedList.clear()
        state.ofEvents.clear()
      }
    }
    backend.setCurrentKey('elsewhere')
    expect(nextCleanups(backend)).toEqual(never)
    await store.idle()
    expect(store.size).toBe(0)
    await backend.close()
  })

  it('is looked at in time when it holds something again', async () => {
    const [time, store] = [new TestTime(), new TestStore()]
    const { backend, ttl, state } = await openMortal(backendOver(store), all, { time, bind: bindMortal })
    backend.setCurrentKey('k')
    state.value.update(1)
    state.value.clear()
    backend.setCurrentKey('elsewhere')
    backend.setCurrentKey('k')
    time.pass(50)
    state.value.update(2)
    backend.setCurrentKey('elsewhere')
    time.pass(lifeMs - 1)
    expect(await removeExpired(ttl, time)).toBe(0)
    time.pass(10)
    expect(await removeExpired(ttl, time)).toBe(1)
    backend.setCurrentKey('elsewhere')
    expect(backend.keyCount()).toBe(0)
    await backend.close()
  })

  it('is not looked at when its moment comes while it is current', async () => {
    const [time, store] = [new TestTime(), new TestStore()]
    const { backend, ttl, state } = await openMortal(backendOver(store), all, { time, bind: bindMortal })
    backend.setCurrentKey(['a', 1])
    state.ofEvents.update(1)
    time.pass(2 * lifeMs)
    state.ofEvents.clear()
    // On the heap the key goes, and its moment with it, when another one becomes current.
    expect(await removeExpired(ttl, time)).toBeLessThanOrEqual(1)
    expect([backend.keyCount(), nextCleanups(backend)]).toEqual([0, never])
    await backend.close()
  })

  it('is not looked at after a restore of the delta that tells of it', async () => {
    const [time, store] = [new TestTime(), new TestStore()]
    const former = await openMortal(backendOver(store), all, { time, bind: bindMortal })
    former.backend.setCurrentKey('k')
    former.state.value.update(1)
    const full = await finish(former.backend.snapshot(1))
    former.backend.snapshotDurable(1)
    former.backend.setCurrentKey('k')
    former.state.value.clear()
    const delta = await finish(former.backend.snapshot(2, 'delta'))
    const { backend } = await openMortal(backendOver(new TestStore()), all, { time, bind: bindMortal })
    for (const block of [...full, ...delta]) await backend.restoreBlock(block)
    expect(nextCleanups(backend)).toEqual(never)
    await Promise.all([former.backend.close(), backend.close()])
  })
})
