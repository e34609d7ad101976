// Long lists and large maps, whose parts are rows of their own, against arrays and Maps.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyGroupRange } from '../../contracts/key-groups.js'
import type { KeyedStateBackend } from '../../contracts/state/keyed-state-backend.js'
import { listState, mapState } from '../../contracts/state/state-descriptors.js'
import { finish } from '../../testing/contracts/keyed-state-fixture.js'
import { HeapKeyedStateBackend } from '../heap-keyed-state-backend.js'
import { KeyValueStateBackend } from './key-value-state-backend.js'
import { TestStore } from '../test/test-store.js'

const options = { uid: 'collections', keyGroups: keyGroupRange(0, 1) }

function open(backend: KeyedStateBackend) {
  return {
    backend,
    list: listState<number>('list').bind(backend),
    map: mapState<number | string, number>('map').bind(backend),
  }
}

type Opened = ReturnType<typeof open>

/** Nothing stays in the cache but the current key. */
function openStored(store: TestStore = new TestStore()): Opened {
  return open(new KeyValueStateBackend(store, options, { cacheBytes: 0, pageRows: 1 }))
}

/** Makes another key current, so that the former one is evicted, and comes back. */
function evict({ backend }: Opened, key: string): void {
  backend.setCurrentKey('elsewhere')
  backend.setCurrentKey(key)
}

async function restoredIn(target: Opened, source: Opened): Promise<Opened> {
  for (const block of await finish(source.backend.snapshot(1))) await target.backend.restoreBlock(block)
  target.backend.setCurrentKey('k')
  return target
}

const command = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 200 }) }),
  fc.record({
    kind: fc.constant('put' as const),
    from: fc.nat(300),
    count: fc.integer({ min: 1, max: 200 }),
  }),
  fc.record({
    kind: fc.constant('remove' as const),
    from: fc.nat(300),
    count: fc.integer({ min: 1, max: 250 }),
  }),
  fc.record({ kind: fc.constantFrom('evict' as const, 'clear list' as const, 'clear map' as const) }),
  fc.record({ kind: fc.constant('update' as const), count: fc.nat(300) }),
)

describe('long lists and large maps', () => {
  it('are the same as arrays and Maps, in the same order, whenever they are evicted, snapshot or restored', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
        const stored = openStored()
        stored.backend.setCurrentKey('k')
        let list: number[] = []
        const map = new Map<number | string, number>()
        for (const [step, each] of commands.entries()) {
          switch (each.kind) {
            case 'add':
              for (let count = 0; count < each.count; count++) stored.list.add(list.push(step))
              list = list.map((_, index) => index + 1)
              break
            case 'update':
              list = Array.from({ length: each.count }, (_, index) => index + 1)
              stored.list.update(list)
              break
            case 'put':
            case 'remove':
              for (let at = each.from; at < each.from + each.count; at++) {
                const name = at % 2 === 0 ? at : `n${at}`
                if (each.kind === 'put') stored.map.put(name, step)
                else stored.map.remove(name)
                if (each.kind === 'put') map.set(name, step)
                else map.delete(name)
              }
              break
            case 'clear list':
              stored.list.clear()
              list = []
              break
            case 'clear map':
              stored.map.clear()
              map.clear()
              break
            case 'evict':
              evict(stored, 'k')
          }
        }
        const expectSame = (opened: Opened): void => {
          expect([...opened.list.get()]).toEqual(list)
          expect([...opened.map.entries()]).toEqual([...map])
          expect([...opened.map.keys()]).toEqual([...map.keys()])
          expect(opened.map.isEmpty()).toBe(map.size === 0)
          expect(opened.map.get(4)).toBe(map.get(4))
        }
        expectSame(stored)
        const onHeap = await restoredIn(open(new HeapKeyedStateBackend(options)), stored)
        expectSame(onHeap)
        const back = await restoredIn(openStored(), onHeap)
        expectSame(back)
        expect(back.backend.keyCount()).toBe(list.length + map.size > 0 ? 1 : 0)
        for (const { backend } of [stored, onHeap, back]) await backend.close()
      }),
      { numRuns: 100 },
    )
  })

  it('go on being iterated as they were when they are cleared', () => {
    const stored = openStored()
    stored.backend.setCurrentKey('k')
    const numbers = Array.from({ length: 300 }, (_, index) => index)
    stored.list.update(numbers)
    for (const number of numbers) stored.map.put(number, number)
    const [list, map] = [stored.list.get(), stored.map.keys()]
    stored.list.clear()
    stored.map.clear()
    expect([...list]).toEqual(numbers)
    expect([...map]).toEqual(numbers)
  })

  it('leave no rows behind when they are cleared', async () => {
    const store = new TestStore()
    const stored = openStored(store)
    stored.backend.setCurrentKey('k')
    for (let number = 0; number < 5_000; number++) {
      stored.list.add(number)
      stored.map.put(number, number)
    }
    await store.idle()
    expect(store.size).toBeGreaterThan(5_000)
    stored.list.clear()
    stored.map.clear()
    stored.backend.setCurrentKey('elsewhere')
    await store.idle()
    expect(store.size).toBe(0)
  })

  it('write a row of their own per chunk or entry, and not the others again', async () => {
    const store = new TestStore()
    const stored = openStored(store)
    stored.backend.setCurrentKey('k')
    const numbers = Array.from({ length: 20_000 }, (_, index) => index)
    stored.list.update(numbers)
    for (const number of numbers) stored.map.put(number, number)
    evict(stored, 'k')
    await store.idle()
    store.writtenBytes = 0
    stored.list.add(1)
    stored.map.put(-1, 1)
    stored.map.remove(10)
    evict(stored, 'k')
    await store.idle()
    expect(store.writtenBytes).toBeLessThan(2_000)
  })
})
