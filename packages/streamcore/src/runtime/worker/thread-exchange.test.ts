// Channels that cross threads: order, credit, and barriers that do not come too early.
import { describe, expect, it } from 'vitest'
import type { TransportLink } from '../../contracts/ports/transport.js'
import type { Channel } from '../channel.js'
import { ThreadExchange } from './thread-exchange.js'

/** One end of a link whose messages wait until they are delivered. */
class WaitingLink implements TransportLink {
  readonly underWay: Uint8Array[] = []
  listener: (bytes: Uint8Array) => void = () => {}

  send(bytes: Uint8Array): void {
    this.underWay.push(bytes)
  }

  receive(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener
  }

  close(): void {}
}

/** Worker 0 writes channel 7, worker 1 reads it. */
function crossing() {
  const [there, back] = [new WaitingLink(), new WaitingLink()]
  const flow = { fullOutputs: 0 }
  let wakings = 0
  const notify = () => void wakings++
  const writer = new ThreadExchange({ links: new Map([[1, there]]), notify })
  const reader = new ThreadExchange({ links: new Map([[0, back]]), notify })
  const output = writer.output(7, 1, flow)
  const channel = reader.input(7, 0)
  const deliver = () => {
    for (const bytes of there.underWay.splice(0)) back.listener(bytes)
    for (const bytes of back.underWay.splice(0)) there.listener(bytes)
  }
  const push = (count: number, value: unknown = 'record') => {
    for (let index = 0; index < count; index++) output.push(value, index)
  }
  return { there, back, flow, writer, reader, output, channel, deliver, push, wakings: () => wakings }
}

function take(channel: Channel): unknown[] {
  return Array.from({ length: channel.size }, () => channel.shift())
}

describe('ThreadExchange', () => {
  it('keeps records, their times and the events between them in one order', () => {
    const { output, writer, reader, channel, deliver } = crossing()
    output.pushEvent({ kind: 'idleness', isIdle: true })
    output.push({ a: 1 }, 5)
    output.pushEvent({ kind: 'watermark', watermarkMs: 5 })
    output.push(undefined, Number.NEGATIVE_INFINITY)
    output.push(-0, 6)
    output.pushEvent({ kind: 'end' })
    writer.send({ all: true })
    deliver()
    expect(reader.receive()).toBe(1)
    const timesMs: number[] = []
    const values: unknown[] = []
    while (channel.size > 0) {
      timesMs.push(channel.headTimestampMs())
      values.push(channel.shift())
    }
    expect(timesMs).toEqual([Number.NaN, 5, Number.NaN, Number.NEGATIVE_INFINITY, 6, Number.NaN])
    expect(values).toEqual([
      { kind: 'idleness', isIdle: true },
      { a: 1 },
      { kind: 'watermark', watermarkMs: 5 },
      undefined,
      -0,
      { kind: 'end' },
    ])
  })

  it('sends full batches by itself, and what is left when the loop rests', () => {
    const { writer, there, push } = crossing()
    push(100)
    writer.send({ all: false })
    expect(there.underWay).toHaveLength(0)
    push(1_000)
    writer.send({ all: false })
    expect(there.underWay).toHaveLength(1)
    push(1)
    writer.send({ all: true })
    expect(there.underWay).toHaveLength(2)
    writer.send({ all: true })
    expect(there.underWay).toHaveLength(2)
  })

  it('stops a producer whose records nobody takes, and lets it go on when they are taken', () => {
    const { flow, writer, reader, channel, deliver, push, wakings } = crossing()
    let pushed = 0
    while (flow.fullOutputs === 0) {
      push(256)
      pushed += 256
      writer.send({ all: true })
      deliver()
      reader.receive()
    }
    // What waits here, what is on its way, and what the reader has taken in.
    expect(pushed).toBeLessThanOrEqual(1_024 + 4 * 256 + 2 * 256 + 256)
    const before = wakings()
    let taken = 0
    for (let round = 0; round < 20; round++) {
      taken += take(channel).length
      reader.receive()
      deliver()
      writer.send({ all: true })
    }
    expect(taken).toBe(pushed)
    expect(flow.fullOutputs).toBe(0)
    expect(wakings()).toBeGreaterThan(before)
  })

  it('takes in no barrier before it is known that the checkpoint has begun', () => {
    const { output, writer, reader, channel, deliver, push } = crossing()
    push(1)
    writer.send({ all: true })
    output.pushEvent({ kind: 'barrier', checkpointId: 3 })
    push(1)
    writer.send({ all: true })
    deliver()
    reader.receive()
    expect(take(channel)).toEqual(['record'])
    reader.allowBarrier(3)
    reader.receive()
    expect(take(channel)).toEqual([{ kind: 'barrier', checkpointId: 3 }, 'record'])
  })

  it('keeps only the last of several watermarks in a row', () => {
    const { output, writer, reader, channel, deliver, push } = crossing()
    for (let watermarkMs = 0; watermarkMs < 5_000; watermarkMs++) {
      output.pushEvent({ kind: 'watermark', watermarkMs })
      if (watermarkMs === 10) push(1)
    }
    writer.send({ all: true })
    deliver()
    reader.receive()
    expect(take(channel)).toEqual([
      { kind: 'watermark', watermarkMs: 10 },
      'record',
      { kind: 'watermark', watermarkMs: 4_999 },
    ])
  })

  it('sends fewer records at once when they are large', () => {
    const { writer, there, push } = crossing()
    push(1, 'x'.repeat(100_000))
    writer.send({ all: true })
    push(2, 'x'.repeat(100_000))
    writer.send({ all: false })
    expect(there.underWay).toHaveLength(2)
  })

  it('says where the record is that can not cross', () => {
    const { writer, push } = crossing()
    push(1, { at: [1, () => 2] })
    expect(() => writer.send({ all: true })).toThrow(
      expect.objectContaining({
        code: 'STREAMCORE_SERIALIZATION',
        message: expect.stringMatching(
          /field 'at' of a batch of records for another thread .* a function at `value\[0\]\[1\]`/,
        ),
      }),
    )
  })
})
