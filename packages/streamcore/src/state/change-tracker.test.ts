/** What the contract suites of backends do not reach: how much is remembered, and what is saved when. */
import { describe, expect, it } from 'vitest'
import { ChangeTracker, ownVersions, type Versioned } from './change-tracker.js'

interface Item extends Versioned {
  readonly name: string
}

const none = (): void => {}

function item(name: string): Item {
  return { name, version: 0 }
}

function names(items: readonly Item[]): readonly string[] {
  return items.filter(({ version }) => version >= 0).map(({ name }) => name)
}

/** A tracker with a durable full snapshot, from which on changes are kept. */
function tracking(): ChangeTracker<Item, string> {
  const tracker = new ChangeTracker<Item, string>(ownVersions)
  tracker.beginSnapshot('full', none, true)
  tracker.endSnapshot()
  tracker.durable()
  return tracker
}

describe('ChangeTracker', () => {
  it('keeps nothing before the first snapshot, and nothing at all unless it is to track', () => {
    const tracker = new ChangeTracker<Item, string>(ownVersions)
    tracker.made(item('a'))
    expect(tracker.beginSnapshot('full', none, false)).toEqual({ changed: [], removed: [] })
    tracker.endSnapshot()
    tracker.made(item('b'))
    tracker.removed(item('c'), 'c')
    expect(tracker.beginSnapshot('full', none, false)).toEqual({ changed: [], removed: [] })
  })

  it('tells of an item once however often it changes', () => {
    const tracker = tracking()
    const changed = item('a')
    for (let change = 0; change < 3; change++) {
      if (changed.version < tracker.changedFrom) tracker.touch(changed)
    }
    expect(names(tracker.beginSnapshot('delta', none, true).changed)).toEqual(['a'])
  })

  it('forgets what comes and goes between two snapshots, so that it does not fill the memory', () => {
    const tracker = tracking()
    const kept = item('kept')
    tracker.made(kept)
    for (let index = 0; index < 10_000; index++) {
      const passing = item(`${index}`)
      tracker.made(passing)
      tracker.removed(passing, passing.name)
    }
    const { changed, removed } = tracker.beginSnapshot('delta', none, true)
    expect(names(changed)).toEqual(['kept'])
    expect(changed.length).toBeLessThan(100)
    expect(removed).toEqual([])
  })

  it('tells once of a place however often what is there goes and another comes', () => {
    const tracker = tracking()
    const place = item('place')
    tracker.touch(place)
    for (let index = 0; index < 100; index++) {
      tracker.removed(place, `${index}`)
      tracker.made(place)
    }
    expect(tracker.beginSnapshot('delta', none, true)).toEqual({ changed: [place], removed: ['0'] })
  })

  it('does not take what is in a place now for what was there when the snapshot began', () => {
    const tracker = tracking()
    const [early, late] = [item('early'), item('late')]
    for (const each of [early, late]) tracker.touch(each)
    const saved: string[] = []
    const { changed } = tracker.beginSnapshot('delta', ({ name }) => saved.push(name), true)
    tracker.removed(early, 'was early')
    tracker.made(early)
    for (const each of changed) tracker.saveOnce(each)
    tracker.removed(late, 'was late')
    tracker.made(late)
    expect(saved).toEqual(['early', 'late'])
    tracker.endSnapshot()
    tracker.failed()
    const next = tracker.beginSnapshot('delta', none, true)
    expect(names(next.changed)).toEqual(['early', 'late'])
    expect(next.removed).toEqual(['was early', 'was late'])
  })

  it('tells of the removal of what an earlier snapshot may hold', () => {
    const tracker = tracking()
    const [old, changed] = [item('old'), item('changed')]
    tracker.removed(old, 'old')
    tracker.touch(changed)
    tracker.removed(changed, 'changed')
    const delta = tracker.beginSnapshot('delta', none, true)
    expect(names(delta.changed)).toEqual([])
    expect(delta.removed).toEqual(['old', 'changed'])
  })

  it('tells of everything again after a failure, also of what became new while its fate was open', () => {
    const tracker = tracking()
    const [first, gone] = [item('first'), item('gone')]
    tracker.touch(first)
    tracker.removed(gone, 'gone')
    tracker.beginSnapshot('delta', none, true)
    tracker.endSnapshot()
    const second = item('second')
    tracker.made(second)
    tracker.failed()
    // Should the failed one exist after all, this removal must be told of.
    tracker.removed(first, 'first')
    const delta = tracker.beginSnapshot('delta', none, true)
    expect(names(delta.changed)).toEqual(['second'])
    expect(delta.removed).toEqual(['gone', 'first'])
  })

  it('saves only what belongs to the snapshot, each once, before it changes or goes', () => {
    const tracker = tracking()
    const [clean, changed, removed, later] = [item('clean'), item('changed'), item('removed'), item('later')]
    for (const each of [changed, removed, later]) tracker.touch(each)
    const saved: string[] = []
    const { changed: due } = tracker.beginSnapshot('delta', ({ name }) => saved.push(name), true)
    tracker.touch(clean)
    tracker.touch(changed)
    tracker.removed(removed, 'removed')
    expect(saved).toEqual(['changed', 'removed'])
    for (const each of due) tracker.saveOnce(each)
    expect(saved).toEqual(['changed', 'removed', 'later'])
    tracker.touch(later)
    tracker.endSnapshot()
    expect(saved).toEqual(['changed', 'removed', 'later'])
    expect(names(tracker.beginSnapshot('delta', none, true).changed)).toEqual(
      expect.arrayContaining(['clean', 'changed', 'later']),
    )
  })
})
