/** Aggregating state on the heap, through a snapshot. */
import { expect, it } from 'vitest'
import { keyGroupRange } from '../contracts/key-groups.js'
import { aggregatingState, type AggregatingState } from '../contracts/state/aggregating-state.js'
import { HeapKeyedStateBackend } from './heap-keyed-state-backend.js'

const mean = aggregatingState<number, { sum: number; count: number }, number>('mean', {
  createAccumulator: () => ({ sum: 0, count: 0 }),
  add: (accumulator, value) => {
    accumulator.sum += value
    accumulator.count++
    return accumulator
  },
  getResult: ({ sum, count }) => sum / count,
})

function open(): {
  readonly backend: HeapKeyedStateBackend
  readonly state: AggregatingState<number, number>
} {
  const backend = new HeapKeyedStateBackend({ uid: 'op', keyGroups: keyGroupRange(0, 1) })
  return { backend, state: mean.bind(backend) }
}

it('gives the result of what was added since it was cleared', () => {
  const { backend, state } = open()
  backend.setCurrentKey('a')
  expect(state.get()).toBeUndefined()
  state.add(1)
  state.add(2)
  expect(state.get()).toBe(1.5)
  state.clear()
  expect(state.get()).toBeUndefined()
  state.add(7)
  expect(state.get()).toBe(7)
})

it('is in a snapshot as it was at the barrier, though its accumulator changes in place', () => {
  const { backend, state } = open()
  for (const key of ['a', 'b']) {
    backend.setCurrentKey(key)
    state.add(1)
  }
  const snapshot = backend.snapshot(1)
  backend.setCurrentKey('a')
  state.add(100)
  expect(snapshot.writeSlice(1)).toBe(false)
  backend.setCurrentKey('b')
  state.add(100)
  while (!snapshot.writeSlice(1));
  const restored = open()
  for (const block of snapshot.takeBlocks()) restored.backend.restoreBlock(block)
  for (const key of ['a', 'b']) {
    restored.backend.setCurrentKey(key)
    expect(restored.state.get()).toBe(1)
    backend.setCurrentKey(key)
    expect(state.get()).toBe(50.5)
  }
})
