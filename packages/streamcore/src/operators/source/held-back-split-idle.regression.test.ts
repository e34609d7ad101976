// A split whose records waited behind a full output was taken for idle: its records came after the watermark of the others.
import { describe, expect, it } from 'vitest'
import { forMonotonousTimestamps } from '../../contracts/watermark-strategy.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { scriptedSource, SourceUnderTest } from '../test/scripted-source.js'

const idling = forMonotonousTimestamps((value: number) => value, { idleAfterMs: 100 })

describe('idleness', () => {
  it('is not what a split with records in hand is, however long they are held back', async () => {
    const clock = new ManualClock()
    const source = new SourceUnderTest(
      scriptedSource({ a: { batches: [[10, 11], [20]] }, b: { batches: [[5, 6]], neverEnds: true } }),
      ['a', 'b'],
      { clock, watermarks: idling },
    )
    const events = [...(await source.turn(1))]
    source.flow.fullOutputs = 1
    clock.advance(1_000)
    expect(await source.turn()).toEqual([])
    source.flow.fullOutputs = 0
    for (let turn = 0; turn < 5; turn++) events.push(...(await source.turn(1)))
    expect(events).toEqual([5, 10, 'watermark 4', 6, 'watermark 5', 11, 20])
  })
})
