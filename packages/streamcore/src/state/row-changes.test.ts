// What the contract suite of backends does not reach: how much is remembered, and what is saved when.
import { expect, it } from 'vitest'
import { noRow } from './integer-index.js'
import { RowChanges } from './row-changes.js'

const none = (): void => {}

/** Rows 0 to 3 stand in a durable full snapshot, and changes are kept from then on. */
function tracking(): RowChanges {
  const changes = new RowChanges()
  for (let row = 0; row < 4; row++) changes.made(row)
  changes.beginSnapshot('full', none, true)
  changes.endSnapshot()
  changes.durable()
  return changes
}

function unsaved(changes: RowChanges): readonly number[] {
  const rows: number[] = []
  for (let row = changes.nextUnsaved(0); row !== noRow; row = changes.nextUnsaved(row + 1)) rows.push(row)
  return rows
}

it('keeps no removals before the first snapshot, and none at all unless it is to track', () => {
  const changes = new RowChanges()
  changes.restored(0)
  changes.removed(0, 'restored')
  changes.made(1)
  expect(changes.beginSnapshot('full', none, false)).toEqual([])
  changes.endSnapshot()
  changes.removed(1, 'told')
  expect(changes.beginSnapshot('full', none, false)).toEqual([])
})

it('gives a full snapshot all rows, those restored as well', () => {
  const changes = tracking()
  changes.restored(5)
  changes.made(6)
  changes.removed(0, 'a')
  changes.beginSnapshot('full', none, true)
  expect(unsaved(changes)).toEqual([1, 2, 3, 5, 6])
})

it('leaves no trace of what comes and goes between two snapshots', () => {
  const changes = tracking()
  for (let index = 0; index < 10_000; index++) {
    changes.made(4)
    changes.removed(4, index)
  }
  expect(changes.beginSnapshot('delta', none, true)).toEqual([])
  expect(unsaved(changes)).toEqual([])
})

it('tells of the removal of what an earlier snapshot may hold, and of what is in its place', () => {
  const changes = tracking()
  changes.removed(0, 'old')
  changes.touch(1)
  changes.removed(1, 'changed')
  changes.made(1)
  expect(changes.beginSnapshot('delta', none, true)).toEqual(['old', 'changed'])
  expect(unsaved(changes)).toEqual([1])
})

it('tells of everything again after a failure, but not of rows that are free', () => {
  const changes = tracking()
  changes.touch(0)
  changes.touch(1)
  changes.removed(2, 'gone')
  changes.beginSnapshot('delta', none, true)
  changes.endSnapshot()
  changes.made(4)
  changes.removed(1, 'went meanwhile')
  changes.failed()
  // Should the failed one exist after all, this removal must be told of.
  changes.removed(0, 'first')
  expect(changes.beginSnapshot('delta', none, true)).toEqual(['went meanwhile', 'gone', 'first'])
  expect(unsaved(changes)).toEqual([4])
})

it('takes a snapshot of unknown fate for failed, and forgets a durable one', () => {
  const changes = tracking()
  changes.touch(0)
  changes.beginSnapshot('delta', none, true)
  changes.endSnapshot()
  changes.touch(1)
  changes.beginSnapshot('delta', none, true)
  expect(unsaved(changes)).toEqual([0, 1])
  changes.endSnapshot()
  changes.durable()
  changes.beginSnapshot('delta', none, true)
  expect(unsaved(changes)).toEqual([])
})

it('saves only what belongs to the snapshot, each once, before it changes or goes', () => {
  const changes = tracking()
  for (const row of [1, 2, 3]) changes.touch(row)
  const saved: number[] = []
  changes.beginSnapshot('delta', (row) => saved.push(row), true)
  changes.touch(0)
  changes.touch(1)
  changes.removed(2, 'c')
  changes.made(2)
  expect(saved).toEqual([1, 2])
  for (const row of unsaved(changes)) changes.save(row)
  expect(saved).toEqual([1, 2, 3])
  changes.touch(3)
  changes.endSnapshot()
  expect(saved).toEqual([1, 2, 3])
  changes.durable()
  expect(changes.beginSnapshot('delta', none, true)).toEqual(['c'])
  expect(unsaved(changes)).toEqual([0, 1, 2, 3])
})
