/** What every keyed state backend must do when it is snapshot and restored: part of its contract suite. */
import { expect, it } from 'vitest'
import type { Key } from '../../contracts/key.js'
import { keyGroupRange } from '../../contracts/key-groups.js'
import type { KeyedStateBackendFactory } from '../../contracts/state/keyed-state-backend.js'
import { listState, valueState } from '../../contracts/state/state-descriptors.js'
import { keyGroupOfKey } from '../../serde/key-bytes.js'
import { heapStateBackend } from '../../state/heap-keyed-state-backend.js'
import { finish, type OpenBackend, openBackend, takeDue, use } from './keyed-state-fixture.js'

/** Declares the tests of snapshots; `get` gives the backend of the current test. */
export function describeSnapshots(get: () => OpenBackend, factory: KeyedStateBackendFactory): void {
  async function fill(count: number): Promise<void> {
    for (let key = 0; key < count; key++) {
      await use(get(), key)
      get().state.seen.update(`v${key}`)
      get().backend.timers.register('processing', key % 7)
    }
  }

  it('hold every key once, in the subtask that owns it, at any parallelism', async () => {
    await fill(2500)
    const blocks = await finish(get().backend.snapshot(1))
    const counts: number[] = []
    for (let subtask = 0; subtask < 3; subtask++) {
      const range = keyGroupRange(subtask, 3)
      const part = await openBackend(factory, range)
      for (const block of blocks) await part.backend.restoreBlock(block)
      counts.push(part.backend.keyCount())
      expect(part.backend.timers.count('processing')).toBe(part.backend.keyCount())
      for (let key = 0; key < 2500; key++) {
        await use(part, key)
        const isOwn = keyGroupOfKey(key) >= range.start && keyGroupOfKey(key) <= range.end
        expect(part.state.seen.value()).toBe(isOwn ? `v${key}` : undefined)
      }
      await part.backend.close()
    }
    expect(counts.reduce((sum, count) => sum + count)).toBe(2500)
  })

  it('are one at a time, and the next one is possible after the end or after giving up', async () => {
    const { backend } = get()
    await fill(10)
    const first = backend.snapshot(1)
    expect(() => backend.snapshot(2)).toThrow(/one snapshot is under way at a time/)
    expect(first.writeSlice(3)).toBe(false)
    first.abort()
    first.abort()
    const second = backend.snapshot(2)
    await use(get(), 3)
    get().state.seen.clear()
    expect((await finish(second, 4)).length).toBeGreaterThan(0)
    expect(second.writeSlice(1)).toBe(true)
    expect(second.takeBlocks()).toEqual([])
    backend.snapshot(3).abort()
  })

  it('of what has changed add to the one before, whatever became of others in between', async () => {
    const { backend, state } = get()
    await fill(100)
    for (const key of ['kept', 'changed', 'cleared']) {
      await use(get(), key)
      state.seen.update('old')
      backend.timers.register('event', 1)
      backend.timers.register('event', 2)
    }
    const blocks = [...(await finish(backend.snapshot(1, 'full')))]
    backend.snapshotDurable(1)
    await use(get(), 'changed')
    state.seen.update('new')
    await use(get(), 'cleared')
    state.seen.clear()
    expect([await takeDue(backend, 'event', 1), backend.timers.count('event')]).toMatchObject([
      { timestampMs: 1 },
      5,
    ])
    await finish(backend.snapshot(2, 'delta'))
    await use(get(), 'kept')
    backend.timers.delete('event', 2)
    backend.snapshotFailed(2)
    await use(get(), 'added')
    state.waiting.add('x')
    // Its own fate is not told before the next one begins.
    await finish(backend.snapshot(3, 'delta'))
    const last = backend.snapshot(4, 'delta')
    if (last.kind === 'full') blocks.length = 0
    blocks.push(...(await finish(last)))
    const restored = await openBackend(factory, keyGroupRange(0, 1))
    for (const block of blocks) await restored.backend.restoreBlock(block)
    const seen: unknown[] = []
    for (const key of ['kept', 'changed', 'cleared', 'added', 17]) {
      await use(restored, key)
      seen.push([restored.state.seen.value(), ...restored.state.waiting.get()])
    }
    expect(seen).toEqual([['old'], ['new'], [undefined], [undefined, 'x'], ['v17']])
    expect(restored.backend.keyCount()).toBe(103)
    expect(restored.backend.timers.count('event')).toBe(4)
    await restored.backend.close()
  })

  it('of what has changed can be restored whichever backend wrote them', async () => {
    const heap = await openBackend(heapStateBackend(), keyGroupRange(0, 1))
    const write = async (key: Key, value: unknown, timestampMs: number) => {
      await use(heap, key)
      if (value === undefined) heap.state.seen.clear()
      else heap.state.seen.update(value)
      heap.state.waiting.update([timestampMs])
      heap.backend.timers.register('event', timestampMs)
    }
    for (const key of ['a', 'b', 'c']) await write(key, 1, 10)
    const blocks = [...(await finish(heap.backend.snapshot(1)))]
    heap.backend.snapshotDurable(1)
    await write('b', undefined, 20)
    await use(heap, 'c')
    heap.state.seen.clear()
    heap.state.waiting.clear()
    heap.backend.timers.delete('event', 10)
    const delta = heap.backend.snapshot(2, 'delta')
    expect(delta.kind).toBe('delta')
    blocks.push(...(await finish(delta)))
    await heap.backend.close()
    const restored = await openBackend(factory, keyGroupRange(0, 1))
    for (const block of blocks) await restored.backend.restoreBlock(block)
    const held: unknown[] = []
    for (const key of ['a', 'b', 'c']) {
      await use(restored, key)
      held.push([restored.state.seen.value(), ...restored.state.waiting.get()])
    }
    expect(held).toEqual([[1, 10], [undefined, 20], [undefined]])
    expect([restored.backend.keyCount(), restored.backend.timers.count('event')]).toEqual([2, 3])
    await restored.backend.close()
  })

  it('leave no key current', async () => {
    await use(get(), 'a')
    get().state.seen.update(1)
    get().backend.snapshot(1).abort()
    expect(() => get().state.seen.update(2)).toThrow(/a key is current/)
  })

  it('of nothing have no blocks', async () => {
    expect(await finish(get().backend.snapshot(1))).toEqual([])
  })

  it('are refused by states of another kind or version, and states that are gone are dropped', async () => {
    await use(get(), 'a')
    get().state.seen.update(1)
    get().state.extra.update(2)
    const [block] = await finish(get().backend.snapshot(1))
    expect(block).toBeDefined()
    if (block === undefined) return
    const attempts = [listState('seen'), valueState('seen', { version: 2 }), valueState('extra')]
    const outcomes = attempts.map(async (descriptor) => {
      const backend = await factory.create({ uid: 'contract', keyGroups: keyGroupRange(0, 1) })
      try {
        descriptor.bind(backend)
        await backend.restoreBlock(block)
        return backend.keyCount()
      } finally {
        await backend.close()
      }
    })
    const settled = await Promise.allSettled(outcomes)
    const mismatch = expect.objectContaining({ code: 'STREAMCORE_STATE_MISMATCH' })
    expect(settled).toEqual([
      { status: 'rejected', reason: mismatch },
      { status: 'rejected', reason: mismatch },
      { status: 'fulfilled', value: 1 },
    ])
  })

  it('are refused when they are damaged', async () => {
    await use(get(), 'a')
    get().state.seen.update(1)
    const [block] = await finish(get().backend.snapshot(1))
    const target = await openBackend(factory, keyGroupRange(0, 1))
    const corrupt = expect.objectContaining({ code: 'STREAMCORE_CHECKPOINT_CORRUPT' })
    expect(() => target.backend.restoreBlock(block?.slice(1) ?? new Uint8Array())).toThrow(corrupt)
    expect(() => target.backend.restoreBlock(new Uint8Array([1, 2, 3]))).toThrow(corrupt)
    await target.backend.close()
  })
}
