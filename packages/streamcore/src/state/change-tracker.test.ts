/** What the contract suites of backends do not reach: how much is remembered, and what is saved when. */
import { describe, expect, it } from 'vitest'
import { ChangeTracker, type Versioned } from './change-tracker.js'

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
function tracking(): ChangeTracker<Item> {
  const tracker = new ChangeTracker<Item>()
  tracker.beginSnapshot('full', none, true)
  tracker.endSnapshot()
  tracker.durable()
  return tracker
}

describe('ChangeTracker', () => {
  it('keeps nothing before the first snapshot, and nothing at all unless it is to track', () => {
    const tracker = new ChangeTracker<Item>()
    tracker.made(item('a'))
    expect(tracker.beginSnapshot('full', none, false)).toEqual({ changed: [], removed: [] })
    tracker.endSnapshot()
    tracker.made(item('b'))
    tracker.removed(item('c'))
    expect(tracker.beginSnapshot('full', none, false)).toEqual({ changed: [], removed: [] })
  })

  it('forgets what comes and goes between two snapshots, so that it does not fill the memory', () => {
    const tracker = tracking()
    const kept = item('kept')
    tracker.made(kept)
    for (let index = 0; index < 10_000; index++) {
      const passing = item(`${index}`)
      tracker.made(passing)
      tracker.removed(passing)
    }
    const { changed, removed } = tracker.beginSnapshot('delta', none, true)
    expect(names(changed)).toEqual(['kept'])
    expect(changed.length).toBeLessThan(100)
    expect(removed).toEqual([])
  })

  it('tells of the removal of what an earlier snapshot may hold', () => {
    const tracker = tracking()
    const old = item('old')
    tracker.removed(old)
    expect(tracker.beginSnapshot('delta', none, true)).toEqual({ changed: [], removed: [old] })
  })

  it('tells of everything again after a failure, also of what became new while its fate was open', () => {
    const tracker = tracking()
    const [first, gone, went] = [item('first'), item('gone'), item('went')]
    tracker.made(first)
    tracker.made(went)
    tracker.removed(gone)
    tracker.beginSnapshot('delta', none, true)
    tracker.endSnapshot()
    const second = item('second')
    tracker.made(second)
    tracker.removed(went)
    tracker.failed()
    // Should the failed one exist after all, this removal must be told of.
    tracker.removed(first)
    const delta = tracker.beginSnapshot('delta', none, true)
    expect(names(delta.changed)).toEqual(['second'])
    expect(delta.removed.map(({ name }) => name)).toEqual(['went', 'gone', 'first'])
  })

  it('saves only what belongs to the snapshot, each once, before it goes', () => {
    const tracker = tracking()
    const [clean, removed, kept] = [item('clean'), item('removed'), item('kept')]
    for (const each of [removed, kept]) tracker.made(each)
    const saved: string[] = []
    const { changed: due } = tracker.beginSnapshot('delta', ({ name }) => saved.push(name), true)
    const later = item('later')
    tracker.made(later)
    tracker.removed(clean)
    tracker.removed(removed)
    expect(saved).toEqual(['removed'])
    for (const each of [...due, later]) tracker.saveOnce(each)
    for (const each of due) tracker.saveOnce(each)
    expect(saved).toEqual(['removed', 'kept'])
    tracker.removed(kept)
    tracker.endSnapshot()
    expect(saved).toEqual(['removed', 'kept'])
    const next = tracker.beginSnapshot('delta', none, true)
    expect(names(next.changed)).toEqual(['later'])
    expect(next.removed.map(({ name }) => name)).toEqual(['clean', 'removed', 'kept'])
  })
})
