// Tests of the head of a source's chain: positions, rejected input, watermarks of splits, idleness, draining.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  forBoundedOutOfOrderness,
  forMonotonousTimestamps,
  forPunctuated,
} from '../../contracts/watermark-strategy.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { RecordingInput } from '../test/recording-input.js'
import { type ScriptedItem, scriptedSource, SourceUnderTest } from '../test/scripted-source.js'

const monotonous = forMonotonousTimestamps((value: number) => value)

describe('positions', () => {
  it('are after the last record emitted, whatever was fetched', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1, 2, 3], [4]] } }), ['a'])
    expect(await source.positions()).toEqual([{ split: { id: 'a', info: null }, hasEnded: false }])
    await source.turn(2)
    expect(await source.positions()).toMatchObject([{ position: 2, hasEnded: false }])
    await source.turn(1)
    expect(await source.positions()).toMatchObject([{ position: 3, hasEnded: false }])
    await source.finish()
    expect(await source.positions()).toMatchObject([{ position: 4, hasEnded: true }])
  })

  it('lose and repeat nothing when the job goes on from any of them', async () => {
    const item: fc.Arbitrary<ScriptedItem> = fc.oneof(
      { weight: 3, arbitrary: fc.nat(99) },
      fc.constantFrom('bad', 'worse').map((rejected) => ({ rejected })),
    )
    const batches = fc.array(fc.array(item, { maxLength: 4 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 3 }), fc.nat(8), async (script, max, turns) => {
        const scripted = scriptedSource({ a: { batches: script } })
        const whole = new RecordingInput()
        const first = new SourceUnderTest(scripted, ['a'], { deadLetters: whole })
        for (let turn = 0; turn < turns; turn++)
          for (const value of await first.turn(max)) whole.events.push(value)
        const second = new SourceUnderTest(scripted, [], {
          restored: await first.positions(),
          deadLetters: whole,
        })
        second.operator.noMoreSplits()
        for (const value of await second.finish(max)) whole.events.push(value)
        const values = whole.events.filter((event) => typeof event === 'number')
        const refused = whole.events
          .filter((event) => typeof event === 'object')
          .map((event) => Object(event).value)
        expect(values).toEqual(script.flat().filter((each) => typeof each === 'number'))
        expect(refused).toEqual(
          script.flat().flatMap((each) => (typeof each === 'number' ? [] : [each.rejected])),
        )
      }),
      { numRuns: 60 },
    )
  })
})

describe('input that can not be read', () => {
  it('takes its place between the records around it', async () => {
    const events: unknown[] = []
    const deadLetters = new RecordingInput()
    deadLetters.processElement = (letter) => events.push(letter)
    const source = new SourceUnderTest(
      scriptedSource({ a: { batches: [[{ rejected: 'x' }, 1, { rejected: 'y' }, 2, { rejected: 'z' }]] } }),
      ['a'],
      { deadLetters },
    )
    source.output.processElement = (value) => events.push(value)
    await source.turn()
    expect(events).toMatchObject([
      { place: 'a:0', reason: 'x' },
      1,
      { place: 'a:2', reason: 'y' },
      2,
      { place: 'a:4', reason: 'z' },
    ])
  })

  it('fails with its place when nobody takes dead letters, after the records before it', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1, { rejected: 'no number' }]] } }), [
      'a',
    ])
    await expect(source.turn()).rejects.toThrow(/Expected readable input at a:1, got: no number/)
    expect(source.output.events).toEqual([1])
  })
})

describe('the place of a record', () => {
  it('is the one being processed, and none between records', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[5, 6]] } }), ['a'])
    const places: unknown[] = []
    source.output.processElement = () => places.push(source.operator.place())
    await source.turn()
    expect(places).toEqual(['a:0', 'a:1'])
    expect(source.operator.place()).toBeUndefined()
  })
})

describe('watermarks', () => {
  it('stay one below the newest record of a split', async () => {
    const source = new SourceUnderTest(
      scriptedSource({ a: { batches: [[10], [9, 12]], neverEnds: true } }),
      ['a'],
      {
        watermarks: monotonous,
      },
    )
    expect(await source.turn()).toEqual([10, 'watermark 9'])
    expect(await source.turn()).toEqual([9, 12, 'watermark 11'])
    expect(await source.turn()).toEqual([])
  })

  it('lag behind by the bound', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[10]], neverEnds: true } }), ['a'], {
      watermarks: forBoundedOutOfOrderness(3, (value: number) => value),
    })
    expect(await source.turn()).toEqual([10, 'watermark 6'])
  })

  it('come from the records that carry one, when punctuated', async () => {
    const source = new SourceUnderTest(
      scriptedSource({ a: { batches: [[10], [20], [15]], neverEnds: true } }),
      ['a'],
      {
        watermarks: forPunctuated(
          (value: number) => value,
          (value) => (value % 20 === 0 ? value : undefined),
        ),
      },
    )
    expect(await source.turn()).toEqual([10])
    expect(await source.turn()).toEqual([20, 'watermark 20'])
    expect(await source.turn()).toEqual([15])
  })

  it('are the smallest of all splits that have not ended', async () => {
    const source = new SourceUnderTest(
      scriptedSource({ a: { batches: [[10]] }, b: { batches: [[5], [7]], neverEnds: true } }),
      ['a', 'b'],
      { watermarks: monotonous },
    )
    expect(await source.turn(1)).toEqual([5])
    expect(await source.turn(1)).toEqual([10, 'watermark 4'])
    expect(await source.turn(1)).toEqual([7, 'watermark 6'])
  })

  it('go on where the restored split was', async () => {
    const restored = [{ split: { id: 'a', info: null }, position: 1, hasEnded: false, maxTimestampMs: 10 }]
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[10, 4]], neverEnds: true } }), [], {
      restored,
      watermarks: monotonous,
    })
    expect(await source.turn()).toEqual(['watermark 9', 4])
  })

  it('name the record whose timestamp could not be extracted', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1]] } }), ['a'], {
      watermarks: forMonotonousTimestamps(() => {
        throw new Error('no time')
      }),
    })
    await expect(source.turn()).rejects.toThrow(
      /no time \(in timestamp extractor of operator 'under-test'.*on a:0/,
    )
  })
})

describe('idleness', () => {
  const idling = forMonotonousTimestamps((value: number) => value, { idleAfterMs: 100 })

  it('of one split lets the others go on', async () => {
    const clock = new ManualClock()
    const source = new SourceUnderTest(
      scriptedSource({ a: { batches: [], neverEnds: true }, b: { batches: [[10]], neverEnds: true } }),
      ['a', 'b'],
      { clock, watermarks: idling },
    )
    expect(await source.turn()).toEqual([10])
    clock.advance(50)
    expect(await source.turn()).toEqual([])
    clock.advance(60)
    // Both are idle by now: the output is, too.
    expect(await source.turn()).toEqual(['idle'])
  })

  it('ends with the first record, even when the watermark does not advance', async () => {
    const clock = new ManualClock()
    const source = new SourceUnderTest(
      scriptedSource({ a: { batches: [[10], [], [3]], neverEnds: true } }),
      ['a'],
      { clock, watermarks: idling },
    )
    expect(await source.turn()).toEqual([10, 'watermark 9'])
    await source.turn()
    clock.advance(100)
    // The idle split is asked again in the same turn, and now has a record that is older than the watermark.
    expect(await source.turn()).toEqual(['idle', 3, 'active'])
  })
})

describe('the end', () => {
  it('comes after the last record of the last split, once no further split can come', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1]] }, b: { batches: [[2]] } }), [
      'a',
      'b',
    ])
    expect(await source.turns(3)).toEqual([2, 1])
    source.operator.noMoreSplits()
    expect(await source.turn()).toEqual(['end'])
    expect(await source.turn()).toEqual([])
  })

  it('comes at once to a subtask that has no split', async () => {
    const source = new SourceUnderTest(scriptedSource({}), [])
    source.operator.noMoreSplits()
    expect(source.operator.poll(10)).toBe(1)
    expect(source.output.events).toEqual(['end'])
  })

  it('of a drained source leaves unread what was fetched but not emitted', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1, 2, 3], [4]] } }), ['a'])
    await source.turn(2)
    source.operator.drain()
    expect(await source.finish()).toEqual(['end'])
    expect(await source.positions()).toMatchObject([{ position: 2, hasEnded: false }])
  })

  it('is not reached by a failing fetch, which fails the job', async () => {
    const scripted = scriptedSource({})
    const broken = { ...scripted, createReader: () => Promise.reject(new Error('connection lost')) }
    const source = new SourceUnderTest(broken, ['a'])
    await source.turn()
    expect(source.failures).toMatchObject([{ message: 'connection lost' }])
    expect(source.output.events).toEqual([])
  })
})

describe('work of its own', () => {
  it('is due when an empty split may be asked again, and never while records are in hand', async () => {
    const clock = new ManualClock()
    const source = new SourceUnderTest(
      scriptedSource({ a: { batches: [[1, 2], []], neverEnds: true } }),
      ['a'],
      { clock },
    )
    await source.turn(1)
    expect(source.operator.nextWorkMs()).toBe(Number.POSITIVE_INFINITY)
    await source.turns(1)
    expect(source.operator.nextWorkMs()).toBe(10)
    clock.advance(10)
    expect(source.operator.nextWorkMs()).toBe(10)
  })
})
