// Tests of exchanges: which subtask gets a record, and that events reach all of them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { subtaskOfKeyGroup } from '../contracts/key-groups.js'
import type { Partitioning } from '../graph/stream-graph.js'
import { operatorContext, RecordingInput } from '../operators/test/recording-input.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { Channel } from './channel.js'
import { ExchangeOutput, type ExchangeOutputOptions } from './exchange-output.js'

function exchange(partitioning: Partitioning, options: Partial<ExchangeOutputOptions> = {}) {
  const channels = Array.from({ length: 3 }, () => new Channel({ fullOutputs: 0 }))
  const output = new ExchangeOutput({
    partitioning,
    channels,
    subtaskIndex: 1,
    keySelector: undefined,
    context: operatorContext({ name: 'target' }),
    ...options,
  })
  const contents = () =>
    channels.map((channel) => Array.from({ length: channel.size }, () => channel.shift()))
  return { output, contents }
}

function send(output: ExchangeOutput, values: readonly unknown[]): void {
  for (const value of values) output.processElement(value, 0)
}

describe('ExchangeOutput', () => {
  it('forwards to the one subtask that it is connected to', () => {
    const channel = new Channel({ fullOutputs: 0 })
    const { output } = exchange('forward', { channels: [channel] })
    send(output, [1, 2])
    expect([channel.shift(), channel.shift()]).toEqual([1, 2])
  })

  it('deals out in turn, beginning with its own index', () => {
    const { output, contents } = exchange('rebalance')
    send(output, [1, 2, 3, 4])
    expect(contents()).toEqual([[3], [1, 4], [2]])
  })

  it('sends everything to the first subtask, or to all of them', () => {
    const global = exchange('global')
    send(global.output, [1, 2])
    expect(global.contents()).toEqual([[1, 2], [], []])
    const broadcast = exchange('broadcast')
    send(broadcast.output, [1, 2])
    expect(broadcast.contents()).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
  })

  it('sends a key to the subtask that owns its key group, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean())), (keys) => {
        const { output, contents } = exchange('hash', {
          keySelector: { select: (value) => Object(value).key },
        })
        send(
          output,
          keys.map((key, index) => ({ key, index })),
        )
        expect(contents()).toEqual(
          [0, 1, 2].map((subtask) =>
            keys
              .map((key, index) => ({ key, index }))
              .filter(({ key }) => subtaskOfKeyGroup(keyGroupOfKey(key), 3) === subtask),
          ),
        )
      }),
    )
  })

  it.each(['forward', 'rebalance', 'global', 'broadcast'] as const)(
    'sends watermarks, idleness, barriers and the end of a %s exchange to all subtasks',
    (partitioning) => {
      const { output, contents } = exchange(partitioning)
      output.processWatermark(5)
      output.processIdleness(true)
      output.processBarrier(1)
      output.processEnd()
      const events = [
        { kind: 'watermark', watermarkMs: 5 },
        { kind: 'idleness', isIdle: true },
        { kind: 'barrier', checkpointId: 1 },
        { kind: 'end' },
      ]
      expect(contents()).toEqual([events, events, events])
    },
  )

  it('refuses a record without a key in the name of the operator behind it', () => {
    const keySelector = { select: (value: unknown) => Object(value).usr, text: '(click) => click.usr' }
    const { output } = exchange('hash', { keySelector })
    expect(() => output.processElement({ user: 1 }, 0)).toThrow(
      /did you mean 'user'\? \(in key selector of operator 'target'/,
    )
    const deadLetters = new RecordingInput()
    const diverting = exchange('hash', {
      keySelector,
      context: operatorContext({ name: 'target', deadLetters }),
    })
    send(diverting.output, [{ user: 1 }, { usr: 2 }])
    expect(deadLetters.events).toMatchObject([{ uid: 'target', value: '{"user":1}' }])
    expect(diverting.contents().flat()).toEqual([{ usr: 2 }])
  })
})
