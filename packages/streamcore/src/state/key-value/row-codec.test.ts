// What the row of a key takes, and that nothing of it is lost.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { valueState } from '../../contracts/state/state-descriptors.js'
import { PutGuard } from '../put-guard.js'
import { TestStore } from '../test/test-store.js'
import { CachedEntry } from './cached-entry.js'
import { Collections } from './collections.js'
import { RowCodec } from './row-codec.js'
import { keyRow, textOfKeyRow } from './row-keys.js'
import { RowStore } from './row-store.js'

function codecOf(states: number): RowCodec {
  const codec = new RowCodec(new Collections(new RowStore(new TestStore())), 'operator')
  for (let state = 0; state < states; state++) {
    const guard = new PutGuard(valueState(`state${state}`), 'operator')
    codec.addState({ kind: 'value', guard })
  }
  return codec
}

function entryOf(key: CachedEntry['key'], version: number): CachedEntry {
  return new CachedEntry(key, version)
}

it('takes five bytes for a key that holds a small number, however many states there are', () => {
  const entry = entryOf('customer:12345678', 1)
  entry.slot0 = 1
  expect(codecOf(6).encode(entry)).toHaveLength(5)
})

it('gives back key, version, states and timers, whatever the key is', () => {
  const key = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.boolean(),
    fc.tuple(fc.string(), fc.nat()),
  )
  const slot = fc.option(fc.integer(), { nil: undefined })
  fc.assert(
    fc.property(key, slot, slot, fc.option(fc.nat(), { nil: undefined }), (each, first, second, timer) => {
      const codec = codecOf(2)
      const entry = entryOf(each, 7)
      entry.slot0 = first
      entry.slot1 = second
      if (timer !== undefined) entry.ownTimers('event', 'timers').set(timer, 3)
      const row = codec.decode(codec.encode(entry))
      const back = entryOf(row.key ?? textOfKeyRow(keyRow(each)), row.version)
      codec.fill(back, row)
      expect(back.key).toEqual(each)
      expect([back.version, back.slot0, back.slot1]).toEqual([7, first, second])
      expect(back.timers('event')).toEqual(entry.timers('event'))
    }),
  )
})
