// What is remembered of changed keys while checkpoints fail, and when they are told for good.
import { expect, it } from 'vitest'
import { TestStore } from '../test/test-store.js'
import { ChangedKeys } from './changed-keys.js'
import { RowStore } from './row-store.js'

it('keeps the keys of failed checkpoints in rows, until a durable one has told them', async () => {
  const store = new TestStore()
  const rows = new RowStore(store)
  const changed = new ChangedKeys({ rows, uid: 'changed', pageKeys: 4 })
  const names = Array.from({ length: 50 }, (_, index) => `k${index}`)
  for (const [index, name] of names.entries()) {
    changed.add(name)
    if (index % 5 === 0) changed.begin()
  }
  const pages = changed.begin()
  expect(changed.begin()).toHaveLength(pages.length)
  expect(pages.filter((page) => 'keys' in page).length).toBeLessThanOrEqual(1)
  await rows.flush()
  const told = await Promise.all(pages.map((page) => changed.read(page)))
  expect(told.flat().map(String).toSorted()).toEqual(names.toSorted())
  changed.durable()
  expect(changed.begin()).toEqual([])
  await store.idle()
  expect(store.size).toBe(0)
})
