// Tests of a subtask: barriers between elements, snapshots in slices, back-pressure, the end.
import { describe, expect, it } from 'vitest'
import { keyGroupRange } from '../contracts/key-groups.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import type { SinkWriter } from '../contracts/sink.js'
import { SinkOperator } from '../operators/sink-operator.js'
import type { SnapshotPiece, StreamOperator } from '../operators/stream-operator.js'
import { keyedOperator } from '../operators/test/keyed-operator.js'
import { operatorContext, RecordingInput } from '../operators/test/recording-input.js'
import { scriptedSource, SourceUnderTest } from '../operators/test/scripted-source.js'
import { unpackFrames } from '../serde/frames.js'
import { decodeValue } from '../serde/value-codec.js'
import { HeapKeyedStateBackend } from '../state/heap-keyed-state-backend.js'
import { testPorts } from '../testing/test-ports.js'
import { nextMacrotask, TurnScheduler } from '../testing/turn-scheduler.js'
import { Channel } from './channel.js'
import { ExchangeOutput } from './exchange-output.js'
import { InputGate } from './input-gate.js'
import { StreamTask, type StreamTaskOptions } from './stream-task.js'

/** A task around some operators, and what it tells. */
function taskOf(options: Partial<StreamTaskOptions> & Pick<StreamTaskOptions, 'operators'>, sliceSize = 2) {
  const told: string[] = []
  const pieces: SnapshotPiece[] = []
  const committables: unknown[] = []
  const failures: unknown[] = []
  const flow = { fullOutputs: 0 }
  const task = new StreamTask({
    name: 'task',
    vertexId: 0,
    subtaskIndex: 0,
    ports: testPorts({ scheduler: new TurnScheduler({ sliceSize }) }),
    source: undefined,
    gate: undefined,
    outputs: [],
    flow,
    listener: {
      piece: (checkpointId, _, __, piece) => {
        told.push(`piece ${checkpointId}`)
        pieces.push(piece)
      },
      committables: (checkpointId, _, output) => {
        told.push(`output ${checkpointId}`)
        committables.push(...output)
      },
      acknowledge: (checkpointId) => told.push(`acknowledge ${checkpointId}`),
      failed: (error) => failures.push(error),
    },
    notify: () => told.push('notify'),
    ...options,
  })
  /** Slices until nothing is left to do; gives how many elements and the like were done. */
  const rest = () => {
    let total = 0
    for (let done = task.runSlice(); done > 0; done = task.runSlice()) total += done
    return total
  }
  return { task, told, pieces, committables, failures, flow, rest }
}

/** A keyed operator behind a channel that emits what it gets. */
function keyedTask(sliceSize?: number) {
  const { operator, inputs, output } = keyedOperator({
    state: {},
    *processElement(value) {
      yield value
    },
  })
  const channel = new Channel({ fullOutputs: 0 })
  const gate = new InputGate(
    inputs.map((input) => ({ channel, input })),
    new TurnScheduler(),
  )
  return { ...taskOf({ operators: [operator], gate }, sliceSize), operator, output, channel }
}

describe('a source task', () => {
  it('emits a barrier between two records, with the position between them', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1, 2, 3, 4]] } }), ['a'])
    const channel = new Channel(source.flow)
    source.output.processElement = (value, timestampMs) => channel.push(value, timestampMs)
    const exchange = new ExchangeOutput({
      partitioning: 'forward',
      channels: [channel],
      subtaskIndex: 0,
      keySelector: undefined,
      context: operatorContext(),
    })
    const { task, told, pieces, rest } = taskOf({
      operators: [source.operator],
      source: source.operator,
      outputs: [exchange],
    })
    task.runSlice()
    await nextMacrotask()
    expect(task.runSlice()).toBe(2)
    task.triggerCheckpoint(7)
    rest()
    const sent = Array.from({ length: channel.size }, () => channel.shift())
    expect(sent).toEqual([1, 2, { kind: 'barrier', checkpointId: 7 }, 3, 4])
    expect(told).toEqual(['piece 7', 'acknowledge 7'])
    expect(pieces.map(({ bytes }) => decodeValue<unknown>(bytes))).toMatchObject([[{ position: 2 }]])
  })

  it('that is paused emits no record, but barriers', async () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1]] } }), ['a'])
    const { task, told } = taskOf({ operators: [source.operator], source: source.operator })
    task.runSlice()
    await nextMacrotask()
    task.isPaused = true
    task.triggerCheckpoint(1)
    for (let slice = 0; slice < 4; slice++) task.runSlice()
    expect(source.output.events).toEqual([])
    expect(told).toEqual(['piece 1', 'acknowledge 1'])
    task.isPaused = false
    task.runSlice()
    expect(source.output.events).toEqual([1])
  })

  it('that is paused or halted asks for no turn, although it could fetch more', () => {
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1]] } }), ['a'])
    const { task } = taskOf({ operators: [source.operator], source: source.operator })
    expect(task.nextWorkMs()).toBeLessThan(Number.POSITIVE_INFINITY)
    task.isPaused = true
    expect(task.nextWorkMs()).toBe(Number.POSITIVE_INFINITY)
    task.isPaused = false
    task.isHalted = true
    expect(task.nextWorkMs()).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('a snapshot', () => {
  /** A backend with many keys behind a channel; a key's record sets its value. */
  function storing(keyCount: number) {
    const backend = new HeapKeyedStateBackend({ uid: 'store', keyGroups: keyGroupRange(0, 1) })
    const state = valueState<number>('value').bind(backend)
    const stateful: StreamOperator = {
      name: 'store',
      uid: 'store',
      states: backend.descriptions,
      isEnded: false,
      isOverloaded: false,
      inputs: [
        {
          processElement: (value) => {
            backend.setCurrentKey(Number(value))
            state.update(-1)
          },
          processWatermark: () => {},
          processIdleness: () => {},
          processEnd: () => {},
        },
      ],
      snapshot: (checkpointId) => {
        const keyed = backend.snapshot(checkpointId)
        return {
          writeSlice: (maxEntries) => keyed.writeSlice(maxEntries),
          takePieces: () => keyed.takeBlocks().map((bytes) => ({ kind: 'keyed', bytes, isDelta: false })),
          abort: () => keyed.abort(),
        }
      },
      runOwnWork: () => 0,
      nextWorkMs: () => Number.POSITIVE_INFINITY,
      checkpointCommitted: () => {},
      close: () => backend.close(),
    }
    for (let key = 0; key < keyCount; key++) {
      backend.setCurrentKey(key)
      state.update(key)
    }
    const channel = new Channel({ fullOutputs: 0 })
    const gate = new InputGate(
      stateful.inputs.map((input) => ({ channel, input })),
      new TurnScheduler(),
    )
    return { ...taskOf({ operators: [stateful], gate }), channel }
  }

  /** What the pieces hold, restored into a fresh backend. */
  function restored(pieces: readonly SnapshotPiece[], keyCount: number): readonly (number | undefined)[] {
    const backend = new HeapKeyedStateBackend({ uid: 'store', keyGroups: keyGroupRange(0, 1) })
    const state = valueState<number>('value').bind(backend)
    for (const { bytes } of pieces) backend.restoreBlock(bytes)
    return Array.from({ length: keyCount }, (_, key) => {
      backend.setCurrentKey(key)
      return state.value()
    })
  }

  const keys = Array.from({ length: 3_000 }, (_, key) => key)

  it('is written in slices between elements, and shows the state at the barrier', () => {
    const { task, channel, told, pieces, rest } = storing(keys.length)
    channel.pushEvent({ kind: 'barrier', checkpointId: 1 })
    for (const key of [5, 2_999, 7]) channel.push(key, 0)
    task.runSlice()
    task.runSlice()
    // The elements are through long before the snapshot is.
    expect(channel.size).toBe(0)
    expect(told).not.toContain('acknowledge 1')
    rest()
    expect(told.at(-1)).toBe('acknowledge 1')
    expect(restored(pieces, keys.length)).toEqual(keys)
  })

  it('that is aborted is forgotten, and the next one is whole', () => {
    const { task, channel, told, pieces, rest } = storing(keys.length)
    channel.pushEvent({ kind: 'barrier', checkpointId: 1 })
    task.runSlice()
    task.runSlice()
    task.abortCheckpoint(1)
    pieces.length = 0
    rest()
    expect(told).not.toContain('acknowledge 1')
    channel.pushEvent({ kind: 'barrier', checkpointId: 2 })
    rest()
    expect(told).toContain('acknowledge 2')
    expect(restored(pieces, keys.length)).toEqual(keys)
  })

  it('of another checkpoint is left alone by an abort', () => {
    const { task, channel, told, rest } = storing(10)
    channel.pushEvent({ kind: 'barrier', checkpointId: 2 })
    task.runSlice()
    task.abortCheckpoint(1)
    rest()
    expect(told).toContain('acknowledge 2')
  })

  it('gives way to the one of the next barrier', () => {
    const { task, channel, told, pieces, rest } = storing(keys.length)
    channel.pushEvent({ kind: 'barrier', checkpointId: 1 })
    channel.push(3, 0)
    task.runSlice()
    channel.pushEvent({ kind: 'barrier', checkpointId: 2 })
    task.runSlice()
    pieces.length = 0
    rest()
    expect(told.filter((each) => each.startsWith('acknowledge'))).toEqual(['acknowledge 2'])
    expect(restored(pieces, keys.length)).toEqual(keys.map((key) => (key === 3 ? -1 : key)))
  })
})

describe('a task with a sink', () => {
  function sinkTask(prepare: () => Promise<readonly unknown[]>) {
    const written: unknown[] = []
    const writer: SinkWriter<unknown, unknown> = {
      write: (value) => written.push(value),
      prepareCommit: prepare,
      pendingBytes: () => written.length,
      close: async () => {},
    }
    const operator = new SinkOperator({
      context: operatorContext(),
      uid: 'out',
      writer,
      isTransactional: true,
    })
    const channel = new Channel({ fullOutputs: 0 })
    const gate = new InputGate([{ channel, input: operator }], new TurnScheduler())
    return { ...taskOf({ operators: [operator], gate }), channel }
  }

  it('acknowledges once the writer has flushed, after it has handed over output and pieces', async () => {
    let flush: (output: readonly unknown[]) => void = () => {}
    const prepared = new Promise<readonly unknown[]>((resolve) => {
      flush = resolve
    })
    const { channel, told, committables, rest } = sinkTask(() => prepared)
    channel.push('a', 0)
    channel.pushEvent({ kind: 'barrier', checkpointId: 1 })
    rest()
    expect(told).toEqual([])
    flush(['a'])
    await nextMacrotask()
    expect(told).toContain('notify')
    rest()
    expect(told.filter((each) => each !== 'notify')).toEqual(['output 1', 'piece 1', 'acknowledge 1'])
    expect(committables).toEqual(['a'])
  })

  it('reports a flush that fails, and does not acknowledge', async () => {
    const { channel, told, failures, rest } = sinkTask(() => Promise.reject(new Error('disk full')))
    channel.pushEvent({ kind: 'barrier', checkpointId: 1 })
    rest()
    await nextMacrotask()
    rest()
    expect(failures[0]).toMatchObject({ message: 'disk full' })
    expect(told).not.toContain('acknowledge 1')
  })
})

describe('back-pressure', () => {
  it('of a full output stops elements and messages, until there is room', () => {
    const { task, channel, output, flow } = keyedTask(10)
    channel.push(1, 0)
    flow.fullOutputs = 1
    expect(task.runSlice()).toBe(0)
    flow.fullOutputs = 0
    task.runSlice()
    expect(output.events).toEqual([1])
  })

  it('of a full output asks for no turn, whatever there is to do: room for it wakes the loop', () => {
    const { operator, inputs } = keyedOperator({
      state: {},
      processElement: (value, ctx) => ctx.continueLater(Number(value)),
      onMessage: () => {},
    })
    const { task, flow } = taskOf({ operators: [operator] })
    inputs[0]?.processElement(1, 0)
    expect(task.nextWorkMs()).toBe(Number.NEGATIVE_INFINITY)
    flow.fullOutputs = 1
    expect(task.nextWorkMs()).toBe(Number.POSITIVE_INFINITY)
  })

  it('of an operator with too many messages stops elements, not messages', () => {
    let left = 20_000
    const { operator, inputs, output } = keyedOperator({
      state: {},
      processElement: (_, ctx) => {
        while (left-- > 0) ctx.continueLater(null)
      },
      onMessage: () => {},
    })
    const channel = new Channel({ fullOutputs: 0 })
    const gate = new InputGate(
      inputs.map((input) => ({ channel, input })),
      new TurnScheduler(),
    )
    const { task } = taskOf({ operators: [operator], gate }, 100)
    for (const value of [1, 2]) channel.push(value, 0)
    task.runSlice()
    expect([channel.size, operator.isOverloaded]).toEqual([1, true])
    expect(task.runSlice()).toBe(100)
    expect(channel.size).toBe(1)
    while (operator.isOverloaded) task.runSlice()
    expect(channel.size).toBe(0)
    expect(output.events).toEqual([])
  })
})

describe('a task that has ended', () => {
  it('still takes part in checkpoints', () => {
    const { task, channel, told, rest } = keyedTask()
    channel.pushEvent({ kind: 'end' })
    rest()
    expect(task.condition).toBe('ended')
    channel.pushEvent({ kind: 'barrier', checkpointId: 1 })
    rest()
    expect(told).toContain('acknowledge 1')
  })

  it('ends only after the last message', () => {
    const { operator, inputs } = keyedOperator({
      state: {},
      processElement: (value, ctx) => ctx.continueLater(value),
      onMessage: () => {},
    })
    const input = inputs[0] ?? new RecordingInput()
    input.processElement(1, 0)
    input.processEnd()
    const { task } = taskOf({ operators: [operator] })
    expect(task.condition).toBe('running')
    task.runSlice()
    expect(task.condition).toBe('ended')
  })
})

describe('closing', () => {
  it('closes all operators although one fails, and says which failed', async () => {
    const closed: string[] = []
    const closing = (name: string, fails: boolean) => {
      const { operator } = keyedOperator({ state: {} })
      operator.close = async () => {
        closed.push(name)
        if (fails) throw new Error(`${name} does not close`)
      }
      return operator
    }
    const { task } = taskOf({ operators: [closing('a', true), closing('b', false)] })
    await expect(task.close()).rejects.toMatchObject({ errors: [{ message: 'a does not close' }] })
    expect(closed).toEqual(['a', 'b'])
  })

  it('frees what a snapshot under way holds', async () => {
    const { task, channel, pieces } = keyedTask()
    channel.pushEvent({ kind: 'barrier', checkpointId: 1 })
    task.runSlice()
    await task.close()
    expect(pieces.flatMap(({ kind, bytes }) => (kind === 'keyed' ? unpackFrames(bytes) : []))).toEqual([])
  })
})
