// An input that ended beside an idle one sent the largest watermark: what the idle one brought later came too late.
import { describe, expect, it } from 'vitest'
import { keyedOperatorOfTwo } from './test/keyed-operator.js'
import { RecordingInput } from './test/recording-input.js'
import { unionInputs } from './union-input.js'

describe('an input that ends while the other one is idle', () => {
  it('leaves a union idle at its watermark', () => {
    const target = new RecordingInput()
    const [first, second] = unionInputs(target, 2)
    first?.processWatermark(4)
    second?.processWatermark(3)
    second?.processIdleness(true)
    first?.processEnd()
    expect(target.take()).toEqual(['watermark 3', 'watermark 4', 'idle'])
    second?.processIdleness(false)
    second?.processWatermark(6)
    second?.processEnd()
    expect(target.take()).toEqual(['active', 'watermark 6', 'end'])
  })

  it('fires no timer of a keyed operator before the idle one has ended', () => {
    const { inputs, output } = keyedOperatorOfTwo()
    inputs[0]?.processElement(100, 0)
    inputs[1]?.processIdleness(true)
    inputs[0]?.processEnd()
    expect(output.take()).toEqual(['idle'])
    inputs[1]?.processIdleness(false)
    inputs[1]?.processEnd()
    expect(output.take()).toEqual(['active', 'timer 100', 'end'])
  })
})
