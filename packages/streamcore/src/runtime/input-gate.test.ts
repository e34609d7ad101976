// Tests of alignment: what passes a barrier and what waits behind it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordingInput } from '../operators/test/recording-input.js'
import { TurnScheduler } from '../testing/turn-scheduler.js'
import { Channel } from './channel.js'
import { InputGate } from './input-gate.js'

function gateOf(channelCount: number, next: (count: number) => number = () => 0) {
  const input = new RecordingInput()
  const channels = Array.from({ length: channelCount }, () => new Channel({ fullOutputs: 0 }))
  const gate = new InputGate(
    channels.map((channel) => ({ channel, input })),
    { next },
  )
  gate.listen({ aligned: (checkpointId) => input.events.push(`checkpoint ${checkpointId}`) })
  const channel = (index: number): Channel => {
    const found = channels[index]
    if (found === undefined) throw new Error(`no channel ${index}`)
    return found
  }
  const barrier = (index: number, checkpointId: number) =>
    channel(index).pushEvent({ kind: 'barrier', checkpointId })
  const poll = (max = 100) => {
    gate.poll(max, () => true)
    return input.take()
  }
  return { gate, channel, barrier, poll, input }
}

describe('InputGate', () => {
  it('passes records, watermarks, idleness and the end of each channel in their order', () => {
    const { channel, poll } = gateOf(1)
    channel(0).push('a', 1)
    channel(0).pushEvent({ kind: 'watermark', watermarkMs: 1 })
    channel(0).pushEvent({ kind: 'idleness', isIdle: true })
    channel(0).pushEvent({ kind: 'end' })
    expect(poll()).toEqual(['a', 'watermark 1', 'idle', 'end'])
  })

  it('takes no more than it may, and stops when it is told to', () => {
    const { gate, channel, input } = gateOf(1)
    for (let value = 0; value < 10; value++) channel(0).push(value, 0)
    expect(gate.poll(3, () => true)).toBe(3)
    expect(gate.poll(10, () => input.events.length < 5)).toBe(2)
    expect(input.events).toEqual([0, 1, 2, 3, 4])
  })

  it('lets nothing pass behind the first barrier before the last one has come', () => {
    const { channel, barrier, poll } = gateOf(2)
    channel(0).push('before', 0)
    barrier(0, 1)
    channel(0).push('behind', 0)
    channel(1).push('slow', 0)
    expect(poll()).toEqual(['before', 'slow'])
    expect(poll()).toEqual([])
    channel(1).push('slower', 0)
    barrier(1, 1)
    expect(poll()).toEqual(['slower', 'checkpoint 1', 'behind'])
  })

  it('aligns at once with one channel', () => {
    const { channel, barrier, poll } = gateOf(1)
    barrier(0, 1)
    channel(0).push('behind', 0)
    barrier(0, 2)
    expect(poll()).toEqual(['checkpoint 1', 'behind', 'checkpoint 2'])
  })

  it('counts a channel whose input has ended, because its barriers still come', () => {
    const { channel, barrier, poll } = gateOf(2)
    channel(0).pushEvent({ kind: 'end' })
    barrier(0, 1)
    channel(1).push('x', 0)
    barrier(1, 1)
    expect(poll()).toEqual(['end', 'x', 'checkpoint 1'])
  })

  it('drops the alignment of a checkpoint that a newer barrier overtakes, and loses nothing', () => {
    const { channel, barrier, poll } = gateOf(3)
    barrier(0, 1)
    channel(0).push('behind 1', 0)
    expect(poll()).toEqual([])
    // Checkpoint 1 failed; channel 1 never saw its barrier.
    barrier(1, 2)
    channel(1).push('behind 2', 0)
    expect(poll()).toEqual(['behind 1'])
    barrier(0, 2)
    barrier(2, 1)
    channel(2).push('before 2', 0)
    barrier(2, 2)
    expect(poll()).toEqual(['before 2', 'checkpoint 2', 'behind 2'])
  })

  it('ignores a barrier of a checkpoint that is over', () => {
    const { channel, barrier, poll } = gateOf(2)
    for (const index of [0, 1]) barrier(index, 5)
    expect(poll()).toEqual(['checkpoint 5'])
    barrier(0, 4)
    barrier(0, 5)
    channel(0).push('goes on', 0)
    expect(poll()).toEqual(['goes on'])
  })

  it('cuts every channel at its barrier for any course of events', () => {
    const step = fc.record({ channel: fc.nat(2), kind: fc.constantFrom('record', 'barrier', 'poll') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, seed) => {
        let turn = seed
        const { channel, barrier, poll } = gateOf(3, (count) => turn++ % count)
        const sent = [0, 0, 0]
        const barriers = [0, 0, 0]
        const seen = [0, 0, 0]
        const cuts = new Map<string, number[]>()
        const look = () => {
          for (const event of poll(7)) {
            if (typeof event === 'string') expect(seen).toEqual(cuts.get(event))
            else {
              const [from = 0, number] = Array.isArray(event) ? event : []
              // First in, first out per channel.
              expect(number).toBe(seen[from])
              seen[from] = (seen[from] ?? 0) + 1
            }
          }
        }
        for (const each of steps) {
          const at = each.channel
          if (each.kind === 'poll') look()
          else if (each.kind === 'record') {
            channel(at).push([at, sent[at]], 0)
            sent[at] = (sent[at] ?? 0) + 1
          } else {
            const id = (barriers[at] ?? 0) + 1
            barriers[at] = id
            barrier(at, id)
            const cut = cuts.get(`checkpoint ${id}`) ?? [0, 0, 0]
            cut[at] = sent[at] ?? 0
            cuts.set(`checkpoint ${id}`, cut)
          }
        }
        for (let round = 0; round < 100; round++) look()
      }),
    )
  })

  it('takes channels in the order of its chooser', () => {
    const scheduler = new TurnScheduler()
    const { gate, channel, input } = gateOf(2, (count) => scheduler.next(count))
    for (const index of [0, 1])
      for (let value = 0; value < 3; value++) channel(index).push(`${index}${value}`, 0)
    gate.poll(1, () => true)
    gate.poll(1, () => true)
    expect(input.events).toEqual(['10', '00'])
  })
})
