/** The guard of a state: what it checks at a put and what it leaves to the block writer. */
import { describe, expect, it } from 'vitest'
import { keyGroupRange } from '../contracts/key-groups.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { HeapKeyedStateBackend } from './heap-keyed-state-backend.js'
import { ownKey } from './own-key.js'
import { PutGuard } from './put-guard.js'

describe('the guard of a state', () => {
  it('checks in depth the first object of each prototype', () => {
    const guard = new PutGuard({ name: 'seen', kind: 'value', version: 1 }, 'op')
    guard.check({ a: 1 }, 'k')
    expect(() => guard.check([() => 1], 'k')).toThrow(/got a function at `value\[0\]` for key "k"/)
    expect(() => guard.check(new Map([[1, Symbol('x')]]), 'k')).toThrow(/got a symbol at `value\.get\(1\)`/)
    guard.check([1], ['t', 1])
    guard.check(null, 'k')
    guard.check(Object.create(null), 'k')
    expect(() => guard.check(new (class Account {})(), ['t', 1])).toThrow(
      /an instance of Account at `value` for key \["t",1\]/,
    )
  })

  it('leaves a later object to the snapshot, which refuses it with the same message', () => {
    const backend = new HeapKeyedStateBackend({ uid: 'op', keyGroups: keyGroupRange(0, 1) })
    const state = valueState<object>('seen').bind(backend)
    backend.setCurrentKey('k')
    state.update({ fine: 1 })
    state.update({ callback: () => 1 })
    expect(() => backend.snapshot(1).writeSlice(10)).toThrow(
      /Expected state "seen" of operator "op" to hold plain data, got a function at `value\.callback` for key "k"/,
    )
  })
})

describe('a key that is kept', () => {
  it('is the same key', () => {
    for (const key of [
      'short',
      'a text of more than twelve characters \ud83d\ude00 \u0000',
      1.5,
      1n,
      true,
      [['x'.repeat(20)], 1],
    ]) {
      expect(ownKey(key)).toStrictEqual(key)
    }
    expect(ownKey(-0)).toBe(0)
  })
})
