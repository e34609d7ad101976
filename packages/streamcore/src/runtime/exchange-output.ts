/** The entrance of an exchange: deals records to the channels of the target's subtasks, sends events to all of them. */
import { assert } from '../contracts/assert.js'
import type { KeySelector } from '../contracts/functions/any-keyed-function.js'
import { subtaskOfKeyGroup } from '../contracts/key-groups.js'
import type { Partitioning } from '../graph/stream-graph.js'
import type { Input } from '../operators/input.js'
import type { OperatorContext } from '../operators/operator-context.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import type { ChannelWriter } from './channel.js'

/** Options of {@link ExchangeOutput}. */
export interface ExchangeOutputOptions {
  readonly partitioning: Partitioning
  /** To every subtask of the target, in their order; of a forward edge only to the one that it feeds. */
  readonly channels: readonly ChannelWriter[]
  readonly subtaskIndex: number
  /** For hash partitioning. */
  readonly keySelector: KeySelector | undefined
  /** Of the target, for messages about its keys. */
  readonly context: OperatorContext
}

/** Writes one edge of one subtask. */
export class ExchangeOutput implements Input {
  readonly channels: readonly ChannelWriter[]
  readonly #choose: (value: unknown) => ChannelWriter | undefined
  readonly #isBroadcast: boolean

  constructor(options: ExchangeOutputOptions) {
    this.channels = options.channels
    this.#isBroadcast = options.partitioning === 'broadcast'
    this.#choose = chooser(options)
  }

  processElement(value: unknown, timestampMs: number): void {
    if (this.#isBroadcast) {
      for (const channel of this.channels) channel.push(value, timestampMs)
      return
    }
    this.#choose(value)?.push(value, timestampMs)
  }

  processWatermark(watermarkMs: number): void {
    for (const channel of this.channels) channel.pushEvent({ kind: 'watermark', watermarkMs })
  }

  processIdleness(isIdle: boolean): void {
    for (const channel of this.channels) channel.pushEvent({ kind: 'idleness', isIdle })
  }

  processEnd(): void {
    for (const channel of this.channels) channel.pushEvent({ kind: 'end' })
  }

  processBarrier(checkpointId: number): void {
    for (const channel of this.channels) channel.pushEvent({ kind: 'barrier', checkpointId })
  }
}

function chooser(options: ExchangeOutputOptions): (value: unknown) => ChannelWriter | undefined {
  const { channels, partitioning, subtaskIndex } = options
  switch (partitioning) {
    case 'forward':
    case 'global':
      return () => channels[0]
    case 'rebalance': {
      let next = subtaskIndex % channels.length
      return () => {
        const channel = channels[next]
        next = next + 1 === channels.length ? 0 : next + 1
        return channel
      }
    }
    case 'hash':
      return hashChooser(options)
    case 'broadcast':
      return () => undefined
  }
}

/** A record whose key is invalid is refused here, because no subtask owns it. */
function hashChooser(options: ExchangeOutputOptions): (value: unknown) => ChannelWriter | undefined {
  const { channels, keySelector, context } = options
  assert(keySelector !== undefined, 'a hash edge has a key selector')
  return (value) => {
    try {
      return channels[subtaskOfKeyGroup(keyGroupOfKey(keySelector.select(value)), channels.length)]
    } catch (thrown) {
      const functionText = keySelector.text
      if (!context.hasDeadLetters) {
        context.fail(thrown, {
          call: 'key selector',
          value,
          ...(functionText === undefined ? {} : { functionText }),
        })
      }
      context.divert(thrown instanceof Error ? thrown.message : String(thrown), value)
      return undefined
    }
  }
}
