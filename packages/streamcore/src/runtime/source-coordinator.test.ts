// Tests of how splits are dealt: once each, restored positions first, new ones while the job runs.
import { describe, expect, it } from 'vitest'
import type { Source, SourceSplit } from '../contracts/source.js'
import { scriptedSource, SourceUnderTest } from '../operators/test/scripted-source.js'
import type { SplitSnapshot } from '../operators/source/split-state.js'
import { ManualClock } from '../testing/manual-clock.js'
import { testPorts } from '../testing/test-ports.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'
import { SourceCoordinator } from './source-coordinator.js'

const split = (id: string): SourceSplit => ({ id, info: null })

/** A source whose splits a test changes. */
function dealing(
  options: { readonly restored?: readonly SplitSnapshot[]; readonly isUnbounded?: boolean } = {},
) {
  const clock = new ManualClock()
  const found: { splits: readonly SourceSplit[]; failure?: Error } = {
    splits: [split('c'), split('a'), split('b')],
  }
  const source: Source<number> = {
    ...scriptedSource({}),
    ...(options.isUnbounded === true ? { boundedness: 'unbounded' as const, discoveryIntervalMs: 100 } : {}),
    createEnumerator: async () => ({
      discover: async () => {
        if (found.failure !== undefined) throw found.failure
        return found.splits
      },
      close: async () => {},
    }),
  }
  const subtasks = [new SourceUnderTest(source, []), new SourceUnderTest(source, [])]
  const failures: unknown[] = []
  const coordinator = new SourceCoordinator({
    source,
    context: { jobId: 'job', uid: 'source', connections: {}, ports: testPorts({ clock }) },
    receivers: subtasks.map(({ operator }) => operator),
    restored: options.restored ?? [],
    onFailure: (error) => failures.push(error),
  })
  const dealt = () => subtasks.map(({ operator }) => operator.splits().map(({ id }) => id))
  return { clock, found, subtasks, failures, coordinator, dealt }
}

describe('SourceCoordinator', () => {
  it('deals every split once, in the order of their ids', async () => {
    const { coordinator, dealt } = dealing()
    await coordinator.start()
    expect(dealt()).toEqual([['a', 'c'], ['b']])
  })

  it('deals what the checkpoint knows with its position, whatever the parallelism was, and then what is new', async () => {
    const restored = [
      { split: split('b'), position: 7, hasEnded: false },
      { split: split('gone'), position: 3, hasEnded: true },
    ]
    const { coordinator, subtasks, dealt } = dealing({ restored })
    await coordinator.start()
    expect(dealt()).toEqual([
      ['b', 'a'],
      ['gone', 'c'],
    ])
    expect(await subtasks[0]?.positions()).toMatchObject([{ position: 7 }, { split: { id: 'a' } }])
  })

  it('tells the subtasks of a bounded source that no further split comes', async () => {
    const { coordinator, found, subtasks } = dealing()
    found.splits = []
    await coordinator.start()
    for (const { operator } of subtasks) operator.poll(1)
    expect(subtasks.map(({ operator }) => operator.isEnded)).toEqual([true, true])
  })

  it('deals splits that appear while the job runs, until it ends', async () => {
    const { clock, coordinator, found, dealt } = dealing({ isUnbounded: true })
    await coordinator.start()
    const abort = new AbortController()
    const looking = coordinator.runPeriodically(abort.signal)
    found.splits = [...found.splits, split('d')]
    clock.advance(100)
    await nextMacrotask()
    clock.advance(100)
    await nextMacrotask()
    expect(dealt()).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ])
    abort.abort()
    await looking
  })

  it('fails the job when it can not look for splits', async () => {
    const { clock, coordinator, found, failures } = dealing({ isUnbounded: true })
    await coordinator.start()
    const looking = coordinator.runPeriodically(new AbortController().signal)
    found.failure = new Error('no metadata')
    clock.advance(100)
    await looking
    expect(failures).toMatchObject([{ message: 'no metadata' }])
  })
})
