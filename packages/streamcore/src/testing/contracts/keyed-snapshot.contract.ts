/** What every keyed state backend must do when it is snapshot and restored: part of its contract suite. */
import { expect, it } from 'vitest'
import { keyGroupRange } from '../../contracts/key-groups.js'
import type { KeyedStateBackendFactory } from '../../contracts/state/keyed-state-backend.js'
import { listState, valueState } from '../../contracts/state/state-descriptors.js'
import { keyGroupOfKey } from '../../serde/key-bytes.js'
import { finish, type OpenBackend, openBackend, use } from './keyed-state-fixture.js'

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
