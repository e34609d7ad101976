// The short forms of entries.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, packedEntry, Presence, unpackedEntry } from './entry.js'
import { resolveState } from './resolve-state.js'

const version = fc.nat(1_000)
const entry: fc.Arbitrary<Entry> = fc
  .record({
    last: fc.integer({ min: -1, max: 5 }),
    row: fc.nat(5),
    presence: fc.constantFrom(...Object.values(Presence)),
    incarnation: fc.integer({ min: -1, max: 5 }),
    holds: fc.array(fc.record({ parent: fc.string(), incarnation: version }), { maxLength: 3 }),
    givenUp: fc.option(fc.record({ attempt: version, versions: fc.array(version) }), { nil: undefined }),
  })
  .map(({ givenUp, ...rest }) => (givenUp === undefined ? rest : { ...rest, givenUp }))

const ordinary: Entry = { last: 7, row: 7, presence: Presence.present, incarnation: 7, holds: [] }

describe('packedEntry', () => {
  it('loses nothing', () => {
    fc.assert(
      fc.property(entry, (each) => {
        expect(unpackedEntry(packedEntry(each))).toEqual(each)
      }),
    )
  })

  it('keeps of a present record with one version that version alone', () => {
    expect(packedEntry(ordinary)).toBe(7)
    const holds = [{ parent: 'account:576', incarnation: 3 }]
    expect(packedEntry({ ...ordinary, holds })).toEqual([7, 'account:576', 3])
  })

  it('keeps all of a record that was deleted, changed, gave up a version, or has a newer one waiting', () => {
    const others: readonly Entry[] = [
      { ...ordinary, presence: Presence.deleted },
      { ...ordinary, incarnation: 6 },
      { ...ordinary, last: 8 },
      { ...ordinary, givenUp: { attempt: 1, versions: [8] } },
    ]
    for (const each of others) expect(packedEntry(each)).toBe(each)
  })

  it('is what entries of the former state version become', () => {
    const { version: now, migrate } = resolveState.entry
    expect([now, Object.keys(migrate ?? {})]).toEqual([2, ['1']])
  })
})
