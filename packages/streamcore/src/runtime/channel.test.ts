// Tests of channels: order, growth, credit.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Channel, channelCapacity, isChannelEvent } from './channel.js'

const open = () => {
  const producer = { fullOutputs: 0 }
  return { producer, channel: new Channel(producer) }
}

describe('Channel', () => {
  it('gives back what came, first in first out, for any turns of pushing and taking', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: -90, max: -1 }))),
        (turns) => {
          const { channel } = open()
          const model: number[] = []
          let next = 0
          for (const turn of turns) {
            for (let count = 0; count < turn; count++) {
              channel.push(next, next * 10)
              model.push(next++)
            }
            for (let count = 0; count < Math.min(-turn, model.length + count); count++) {
              const expected = model.shift()
              expect(channel.headTimestampMs()).toBe(Number(expected) * 10)
              expect(channel.shift()).toBe(expected)
            }
            expect(channel.size).toBe(model.length)
          }
        },
      ),
    )
  })

  it('keeps records and events in one order', () => {
    const { channel } = open()
    channel.push('a', 1)
    channel.pushEvent({ kind: 'watermark', watermarkMs: 1 })
    channel.push('b', Number.NEGATIVE_INFINITY)
    const taken = [0, 1, 2].map(() => [channel.headTimestampMs(), channel.shift()])
    expect(taken).toEqual([
      [1, 'a'],
      [Number.NaN, { kind: 'watermark', watermarkMs: 1 }],
      [Number.NEGATIVE_INFINITY, 'b'],
    ])
  })

  it('takes credit from its producer when it is full, and gives it back when it is half empty, once each', () => {
    const { producer, channel } = open()
    for (let index = 0; index < channelCapacity - 1; index++) channel.push(index, 0)
    expect(producer.fullOutputs).toBe(0)
    // A call under way may exceed the capacity.
    for (let index = 0; index < 500; index++) channel.push(index, 0)
    expect(producer.fullOutputs).toBe(1)
    while (channel.size > channelCapacity / 2) channel.shift()
    expect(producer.fullOutputs).toBe(1)
    channel.shift()
    expect(producer.fullOutputs).toBe(0)
    while (channel.size > 0) channel.shift()
    expect(producer.fullOutputs).toBe(0)
  })

  it('counts each full channel of a producer', () => {
    const producer = { fullOutputs: 0 }
    for (const channel of [new Channel(producer), new Channel(producer)]) {
      for (let index = 0; index < channelCapacity; index++) channel.push(index, 0)
    }
    expect(producer.fullOutputs).toBe(2)
  })

  it('lets go of what was taken', () => {
    const { channel } = open()
    const record = { big: true }
    channel.push(record, 0)
    expect(channel.shift()).toBe(record)
    channel.push('next', 0)
    expect(channel.shift()).toBe('next')
    expect(() => channel.headTimestampMs()).toThrow('an empty channel is not asked for its head')
  })

  it('knows its events', () => {
    expect(isChannelEvent({ kind: 'end' })).toBe(true)
    expect([undefined, null, 1, 'end', {}].map(isChannelEvent)).toEqual([false, false, false, false, false])
  })
})
