// Deltas of the heap backend with few and with many changes: they are walked differently, and must hold the same.
import { expect, it } from 'vitest'
import type { KeyedSnapshot } from '../contracts/state/keyed-state-backend.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { decodeKeyedBlock } from '../serde/block.js'
import { heapStateBackend } from './heap-keyed-state-backend.js'

const keyCount = 400

async function opened() {
  const backend = await heapStateBackend().create({
    uid: 'numbers',
    keyGroups: { start: 0, end: 32_767 },
    isIncremental: true,
  })
  const number = valueState<number>('number').bind(backend)
  const put = (key: number, value: number): void => {
    backend.setCurrentKey(key)
    number.update(value)
  }
  const clear = (key: number): void => {
    backend.setCurrentKey(key)
    number.clear()
  }
  for (let key = 0; key < keyCount; key++) put(key, key)
  written(backend.snapshot(1))
  backend.snapshotDurable(1)
  return { backend, put, clear }
}

/** The numbers in a snapshot by section, `between` called after its first slice. */
function written(snapshot: KeyedSnapshot, between: () => void = () => {}) {
  const rows = { state: new Map<unknown, unknown>(), 'cleared-keys': new Map<unknown, unknown>() }
  let isDone = snapshot.writeSlice(1)
  between()
  while (!isDone) isDone = snapshot.writeSlice(7)
  for (const bytes of snapshot.takeBlocks()) {
    const { section, keys, cells } = decodeKeyedBlock(bytes)
    if (section !== 'state' && section !== 'cleared-keys') throw new Error(`Unexpected section ${section}`)
    for (const [row, key] of keys.entries()) {
      expect(rows[section].has(key)).toBe(false)
      rows[section].set(key, cells[0]?.[row])
    }
  }
  return { states: rows.state, cleared: [...rows['cleared-keys'].keys()] }
}

it.each([1, 20, 50, 200, keyCount])('of %i changed keys have exactly these', async (changes) => {
  const { backend, put } = await opened()
  const expected = new Map<number, number>()
  for (let index = 0; index < changes; index++) {
    const key = (index * 7) % keyCount
    put(key, -key)
    expected.set(key, -key)
  }
  const { states, cleared } = written(backend.snapshot(2, 'delta'), () => {
    for (let key = 0; key < keyCount; key++) put(key, 1_000)
  })
  expect(states).toEqual(expected)
  expect(cleared).toEqual([])
})

it.each([2, 300])('of %i keys that went while others came in their place have both', async (changes) => {
  const { backend, put, clear } = await opened()
  for (let key = 0; key < changes; key++) {
    clear(key)
    put(1_000 + key, key)
  }
  const { states, cleared } = written(backend.snapshot(2, 'delta'), () => {
    for (let key = 0; key < changes; key++) {
      clear(1_000 + key)
      put(2_000 + key, key)
    }
  })
  expect(cleared.length).toBe(changes)
  expect(states.size).toBe(changes)
  for (let key = 0; key < changes; key++) expect(states.get(1_000 + key)).toBe(key)
  backend.snapshotDurable(2)
  const next = written(backend.snapshot(3, 'delta'))
  expect(next.cleared).toEqual(expect.arrayContaining([1_000, 1_001]))
  expect([...next.states.keys()]).toEqual(expect.arrayContaining([2_000, 2_001]))
  expect([next.cleared.length, next.states.size]).toEqual([changes, changes])
})
