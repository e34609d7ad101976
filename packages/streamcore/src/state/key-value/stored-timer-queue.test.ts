// When the keys of due timers are loaded; that timers fire rightly is in the contract suite.
import { expect, it } from 'vitest'
import { keyGroupRange } from '../../contracts/key-groups.js'
import { TestStore } from '../test/test-store.js'
import { KeyValueStateBackend } from './key-value-state-backend.js'

it('loads the keys of due timers together, also after some that were loaded have been deleted', async () => {
  const store = new TestStore()
  const options = { uid: 'timers', keyGroups: keyGroupRange(0, 1) }
  const backend = new KeyValueStateBackend(store, options, { cacheBytes: 0 })
  const { timers } = backend
  for (const [key, timestampMs] of [
    ['a', 5],
    ['b', 5],
    ['c', 10],
  ] as const) {
    backend.setCurrentKey(key)
    timers.register('event', timestampMs)
  }
  backend.setCurrentKey('elsewhere')
  await store.idle()
  const loading = timers.load('event', 5)
  expect(loading).toBeDefined()
  await loading
  expect(timers.takeDue('event', 5)).toMatchObject({ key: 'a' })
  backend.setCurrentKey('b')
  timers.delete('event', 5)
  expect(timers.load('event', 5)).toBeUndefined()
  expect(timers.takeDue('event', 5)).toBeUndefined()
  const next = timers.load('event', 10)
  expect(next).toBeDefined()
  await next
  expect(timers.takeDue('event', 10)).toMatchObject({ key: 'c' })
  await backend.close()
})
