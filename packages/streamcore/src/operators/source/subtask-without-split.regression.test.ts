// A subtask that had no split to read held back the watermark of all others for ever.
import { describe, expect, it } from 'vitest'
import { forMonotonousTimestamps } from '../../contracts/watermark-strategy.js'
import { scriptedSource, SourceUnderTest } from '../test/scripted-source.js'

const monotonous = forMonotonousTimestamps((value: number) => value)

describe('idleness', () => {
  it('is what a subtask without any split is, until it gets one', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[10]], neverEnds: true } }), [], {
      watermarks: monotonous,
    })
    expect(await source.turn()).toEqual(['idle'])
    source.operator.addSplit({ split: { id: 'a', info: null }, hasEnded: false })
    expect(await source.turn()).toEqual(['active', 10, 'watermark 9'])
  })
})
