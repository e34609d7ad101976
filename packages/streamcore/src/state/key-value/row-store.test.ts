// Rows that are dropped by their prefix: what waits for their deletion is bounded, and they do not wait for each other.
import { describe, expect, it } from 'vitest'
import { TestStore } from '../test/test-store.js'
import { RowStore } from './row-store.js'

const bytes = new Uint8Array(1)

/** A store with some prefixes of a few rows each. */
async function filled(
  prefixCount: number,
): Promise<{ store: TestStore; rows: RowStore; prefixes: string[] }> {
  const store = new TestStore()
  const rows = new RowStore(store)
  const prefixes = Array.from({ length: prefixCount }, (_, index) => `l${index}/`)
  for (const prefix of prefixes) for (let row = 0; row < 3; row++) rows.put(`${prefix}${row}`, bytes)
  rows.put('kept', bytes)
  await rows.flush()
  store.batchCount = 0
  return { store, rows, prefixes }
}

describe('rows that are dropped', () => {
  it('do not wait for a batch each', async () => {
    const { store, rows, prefixes } = await filled(200)
    store.isHeld = true
    for (const prefix of prefixes) rows.drop(prefix)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    // Batches take long: one ends when there is nothing else that could.
    for (let turn = 0; turn < 1_000 && store.held.length > 0; turn++)
      await store.letOne(store.held.includes('entries') ? 'entries' : 'batch')
    expect(store.size).toBe(1)
    expect(store.batchCount).toBeLessThan(5)
  })

  it('make whoever can wait do so when there are too many of them', async () => {
    const { store, rows, prefixes } = await filled(1)
    store.isHeld = true
    for (const prefix of prefixes) rows.drop(prefix)
    for (let prefix = 0; prefix < 10_000; prefix++) rows.drop(`m${prefix}/`)
    expect(rows.whenRoom()).toBeUndefined()
    rows.drop('m10000/')
    const room = rows.whenRoom()
    expect(room).toBeDefined()
    store.isHeld = false
    await store.idle()
    await room
    expect(rows.whenRoom()).toBeUndefined()
    expect(store.size).toBe(1)
  })

  it('that cannot be deleted make every later use fail', async () => {
    const { store, rows, prefixes } = await filled(1)
    store.breakNext(new Error('EIO'))
    for (const prefix of prefixes) rows.drop(prefix)
    await store.idle()
    expect(() => rows.assertUsable()).toThrow('EIO')
    expect(() => rows.read('kept')).toThrow('EIO')
  })

  it('are left alone once the store is closed', async () => {
    const { store, rows, prefixes } = await filled(2)
    for (const prefix of prefixes) rows.drop(prefix)
    await rows.close()
    await store.idle()
    expect(store.size).toBe(7)
  })
})
