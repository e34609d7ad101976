/** Redistribution of operator state, element by element. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { broadcastState, operatorListState, unionListState } from '../../contracts/state/operator-state.js'
import { OperatorStateStore } from './operator-state-store.js'
import { takesElement } from './redistribution.js'

const contents = fc.array(fc.array(fc.integer(), { maxLength: 6 }), { minLength: 1, maxLength: 5 })
const parallelisms = fc.integer({ min: 1, max: 6 })
const ascending = (a: number, b: number): number => a - b

/** What each new subtask holds after the old ones, which held these numbers, were snapshotted. */
function rescaled(old: readonly (readonly number[])[], parallelism: number, sliceLength: number) {
  const blocks = old.flatMap((numbers, subtaskIndex) => {
    const { store, list, union, rules } = open(subtaskIndex)
    for (const number of numbers) list.add(number)
    for (const number of numbers) union.add(number)
    store.whileWriting(() => {
      // Every subtask has seen the same broadcast elements.
      for (const number of old.flat()) rules.put(number, `rule ${number}`)
    })
    const snapshot = store.snapshot()
    while (!snapshot.writeSlice(sliceLength));
    return snapshot.takeBlocks().map((block) => ({ subtaskIndex, block }))
  })
  return Array.from({ length: parallelism }, (_, subtaskIndex) => {
    const opened = open(subtaskIndex)
    const by = { subtaskIndex, parallelism, formerParallelism: old.length }
    for (const block of blocks) opened.store.restore(block, by)
    const { list, union, rules } = opened
    return { list: [...list.get()], union: [...union.get()], rules: new Map(rules.entries()) }
  })
}

function open(subtaskIndex: number) {
  const store = new OperatorStateStore({ uid: 'op', subtaskIndex })
  return {
    store,
    list: operatorListState<number>('list').bind(store),
    union: unionListState<number>('union').bind(store),
    rules: broadcastState<number, string>('rules').bind(store),
  }
}

describe('operator state, restored at any parallelism', () => {
  const property = (check: (old: number[][], subtasks: ReturnType<typeof rescaled>) => void) =>
    fc.assert(
      fc.property(contents, parallelisms, fc.integer({ min: 1, max: 4 }), (old, parallelism, sliceLength) =>
        check(old, rescaled(old, parallelism, sliceLength)),
      ),
    )

  it('deals a split list out evenly, nothing lost or doubled; each keeps its own at the same parallelism', () => {
    property((old, subtasks) => {
      const lists = subtasks.map(({ list }) => list)
      expect(lists.flat().toSorted(ascending)).toEqual(old.flat().toSorted(ascending))
      if (lists.length === old.length) expect(lists).toEqual(old)
      else {
        const sizes = lists.map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }
    })
  })

  it('gives every subtask the union of all lists, in the order of the subtasks', () => {
    property((old, subtasks) => {
      for (const { union } of subtasks) expect(union).toEqual(old.flat())
    })
  })

  it('gives every subtask the same copy of a broadcast state', () => {
    property((old, subtasks) => {
      const rules = new Map(old.flat().map((number) => [number, `rule ${number}`] as const))
      for (const subtask of subtasks) expect(subtask.rules).toEqual(rules)
    })
  })

  it('needs a subtask to go to', () => {
    const by = { subtaskIndex: 1, parallelism: 1, formerParallelism: 1 }
    expect(() => takesElement('split-list', { subtaskIndex: 0, index: 0 }, by)).toThrow(
      /subtask index is below the parallelism/,
    )
  })
})
