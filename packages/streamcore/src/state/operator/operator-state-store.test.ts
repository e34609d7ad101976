/** The operator state of a subtask: handles, snapshots beside changes, migrations, refusals. */
import { describe, expect, it } from 'vitest'
import { broadcastState, operatorListState, unionListState } from '../../contracts/state/operator-state.js'
import { OperatorStateStore } from './operator-state-store.js'

const alone = { subtaskIndex: 0, parallelism: 1, formerParallelism: 1 }

function blocksOf(store: OperatorStateStore) {
  const snapshot = store.snapshot()
  while (!snapshot.writeSlice(1));
  return snapshot.takeBlocks().map((block) => ({ subtaskIndex: 0, block }))
}

describe('operator state', () => {
  it('iterates lists and maps as they were at the call', () => {
    const store = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    const list = operatorListState<number>('list').bind(store)
    const rules = broadcastState<string, number>('rules').bind(store)
    list.update([1, 2])
    store.whileWriting(() => rules.put('a', 1))
    const [before, entries, keys] = [list.get(), rules.entries(), rules.keys()]
    list.add(3)
    store.whileWriting(() => {
      rules.put('b', 2)
      rules.remove('a')
    })
    expect([...before]).toEqual([1, 2])
    expect([[...entries], [...keys]]).toEqual([[['a', 1]], ['a']])
    expect([rules.has('a'), rules.get('b'), rules.isEmpty()]).toEqual([false, 2, false])
    store.whileWriting(() => rules.clear())
    list.clear()
    expect([rules.isEmpty(), [...list.get()]]).toEqual([true, []])
  })

  it('shows in a snapshot what was there at the barrier, although everything changes meanwhile', () => {
    const store = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    const list = unionListState<number>('list').bind(store)
    const rules = broadcastState<number, string>('rules').bind(store)
    list.update([1, 2, 3])
    store.whileWriting(() => [1, 2, 3].forEach((key) => rules.put(key, 'old')))
    const snapshot = store.snapshot()
    snapshot.writeSlice(1)
    list.update([9])
    store.whileWriting(() => [1, 2, 4].forEach((key) => rules.put(key, 'new')))
    while (!snapshot.writeSlice(1));
    const restored = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    const restoredList = unionListState<number>('list').bind(restored)
    const restoredRules = broadcastState<number, string>('rules').bind(restored)
    for (const block of snapshot.takeBlocks()) restored.restore({ subtaskIndex: 0, block }, alone)
    expect([...restoredList.get()]).toEqual([1, 2, 3])
    expect([...restoredRules.entries()]).toEqual([
      [1, 'old'],
      [2, 'old'],
      [3, 'old'],
    ])
    expect([2, 4, [2]].map((key) => restored.entryOf('rules', key))).toEqual(['old', undefined, undefined])
    expect(restored.entryOf('list', 1)).toBe(undefined)
  })

  it('writes one copy of a broadcast state: that of the first subtask', () => {
    const store = new OperatorStateStore({ uid: 'op', subtaskIndex: 1 })
    const rules = broadcastState<number, string>('rules').bind(store)
    store.whileWriting(() => rules.put(1, 'rule'))
    expect(blocksOf(store)).toEqual([])
  })

  it('refuses changes of broadcast state outside of processBroadcastElement, also by a handle kept from there', () => {
    const store = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    const rules = broadcastState<string, number>('rules').bind(store)
    for (const change of [() => rules.put('a', 1), () => rules.remove('a'), () => rules.clear()]) {
      expect(change).toThrow(
        /broadcast state "rules" of operator "op" to be changed only in processBroadcastElement, got (put|remove|clear)\(\) elsewhere/,
      )
    }
    const fails = () => {
      throw new Error('no')
    }
    expect(() => store.whileWriting(fails)).toThrow('no')
    expect(() => rules.put('a', 1)).toThrow(/only in processBroadcastElement/)
  })

  it('refuses what can not be serialised, at the put or in the snapshot, and names the state', () => {
    const store = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    const list = operatorListState<object>('list').bind(store)
    expect(() => list.add({ callback: () => 1 })).toThrow(
      /state "list" of operator "op" to hold plain data, got a function at `value.callback`/,
    )
    list.add({ fine: 1 })
    list.add({ callback: () => 1 })
    expect(() => store.snapshot().writeSlice(10)).toThrow(
      /state "list" of operator "op" to hold plain data, got a function at `value\[1\].callback`/,
    )
  })

  it('migrates elements of lists and values of broadcast states, and drops what is not declared any more', () => {
    const old = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    operatorListState<number>('list').bind(old).update([1, 2])
    operatorListState<number>('gone').bind(old).add(1)
    const rules = broadcastState<string, number>('rules').bind(old)
    old.whileWriting(() => rules.put('a', 1))
    const blocks = blocksOf(old)
    const options = { version: 3, migrate: { 1: (n: number) => n * 10, 2: (n: number) => ({ n }) } }
    const store = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    const list = operatorListState<{ n: number }>('list', options).bind(store)
    const migrated = broadcastState<string, { n: number }>('rules', options).bind(store)
    for (const block of blocks) store.restore(block, alone)
    expect([...list.get()]).toEqual([{ n: 10 }, { n: 20 }])
    expect([...migrated.entries()]).toEqual([['a', { n: 10 }]])
  })

  it('refuses another kind and a version without a migration', () => {
    const old = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    operatorListState<number>('list').bind(old).add(1)
    const [block] = blocksOf(old)
    const restore = (bind: (store: OperatorStateStore) => unknown) => () => {
      const store = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
      bind(store)
      if (block !== undefined) store.restore(block, alone)
    }
    expect(restore((store) => unionListState('list').bind(store))).toThrow(
      /state "list" of operator "op" to be a union-list state, got a split-list state in the checkpoint/,
    )
    expect(restore((store) => operatorListState('list', { version: 2 }).bind(store))).toThrow(
      /Declare migrate: \{ 1:/,
    )
    expect(() => operatorListState('list', { migrate: { 1: (n: number) => n } })).toThrow(
      /migrations of state "list" to start from versions 1 to 0/,
    )
  })

  it('binds each name once, and gives only broadcast states that were declared', () => {
    const store = new OperatorStateStore({ uid: 'op', subtaskIndex: 0 })
    operatorListState('list').bind(store)
    const rules = broadcastState<string, number>('rules')
    expect(() => store.broadcastOf(rules)).toThrow(/broadcast with \(none\), got "rules"/)
    rules.bind(store)
    expect(store.broadcastOf(rules).isEmpty()).toBe(true)
    expect(() => store.broadcastOf(broadcastState('limits'))).toThrow(
      /broadcast with \("rules"\), got "limits"; add its descriptor to broadcast/,
    )
    expect(() => unionListState('list').bind(store)).toThrow(/"list" is bound once/)
    expect(store.descriptions).toEqual([
      { name: 'list', kind: 'split-list', version: 1 },
      { name: 'rules', kind: 'broadcast', version: 1 },
    ])
  })
})
