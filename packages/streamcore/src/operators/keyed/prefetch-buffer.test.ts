// Elements that wait for the states of their keys: order over all inputs, what may and may not overtake.
import { beforeEach, describe, expect, it } from 'vitest'
import { keyGroupRange } from '../../contracts/key-groups.js'
import { valueState } from '../../contracts/state/state-descriptors.js'
import { KeyValueStateBackend } from '../../state/key-value/key-value-state-backend.js'
import { TestStore } from '../../state/test/test-store.js'
import { operatorContext, RecordingInput } from '../test/recording-input.js'
import { KeyedProcessOperator } from './keyed-process-operator.js'

let store: TestStore
let output: RecordingInput
let wakings: number
let failures: unknown[]

beforeEach(() => {
  store = new TestStore()
  output = new RecordingInput()
  wakings = 0
  failures = []
})

/**
 * Emits every record with its key, and every timer; a record registers a timer for its own value. The keys 0 to 2 have rows, so
 * that the store is asked for them.
 */
async function open(): Promise<KeyedProcessOperator> {
  const backend = new KeyValueStateBackend(
    store,
    { uid: 'waiting', keyGroups: keyGroupRange(0, 1) },
    { cacheBytes: 0, timersInMemory: 2 },
  )
  const former = valueState<number>('former').bind(backend)
  for (const key of [0, 1, 2, 3]) {
    backend.setCurrentKey(key)
    former.update(key)
  }
  await store.idle()
  const select = (value: unknown) => Number(value) % 3
  return new KeyedProcessOperator({
    context: operatorContext(),
    fn: {
      uid: 'waiting',
      state: {},
      processElement1(value, { timers }, out) {
        timers.registerEventTimeTimer(Number(value))
        out.collect(`first ${String(value)}`)
      },
      processElement2: (value, _, out) => out.collect(`second ${String(value)}`),
      onTimer: (timestampMs, _, out) => out.collect(`timer ${timestampMs}`),
    },
    keySelectors: [{ select }, { select }],
    backend,
    output,
    sideOutputs: new Map(),
    restoredWatermarkMs: Number.NEGATIVE_INFINITY,
    loading: { notify: () => wakings++, onFailure: (error) => failures.push(error) },
  })
}

describe('elements of a keyed operator whose state is in a store', () => {
  it('wait for their keys, and come in their order, whatever they are and wherever they came from', async () => {
    const operator = await open()
    store.isHeld = true
    const [first, second] = operator.inputs
    first?.processElement(1, 0)
    second?.processElement(2, 0)
    first?.processWatermark(5)
    second?.processWatermark(0)
    first?.processElement(3, 0)
    second?.processIdleness(true)
    second?.processElement(4, 0)
    expect(operator.runOwnWork(100)).toBe(0)
    expect([output.take(), operator.hasWaitingInput]).toEqual([[], true])
    expect(operator.nextWorkMs()).toBe(Number.POSITIVE_INFINITY)
    await store.letOne('getMany')
    expect(wakings).toBe(1)
    for (let turn = 0; turn < 20; turn++) {
      operator.runOwnWork(2)
      await store.idle()
    }
    expect(output.take()).toEqual([
      'first 1',
      'second 2',
      'watermark 0',
      'first 3',
      'timer 1',
      'timer 3',
      'watermark 5',
      'second 4',
    ])
    expect([operator.hasWaitingInput, failures]).toEqual([false, []])
  })

  it('do not overtake the timers of a watermark that have to be loaded', async () => {
    const operator = await open()
    const [first, second] = operator.inputs
    const times = [9, 3, 7, 1, 5, 8, 2, 6, 4]
    for (const time of times) first?.processElement(time, 0)
    first?.processWatermark(8)
    second?.processWatermark(8)
    first?.processElement(10, 0)
    for (const input of operator.inputs) input.processEnd()
    for (let turn = 0; turn < 100 && !operator.isEnded; turn++) {
      operator.runOwnWork(1)
      await store.idle()
      store.isHeld = true
    }
    expect(output.take()).toEqual([
      ...times.map((time) => `first ${time}`),
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((time) => `timer ${time}`),
      'watermark 8',
      'first 10',
      'timer 9',
      'timer 10',
      'end',
    ])
  })

  it('keep the task from taking more when there are many, and fail it when their keys cannot be loaded', async () => {
    const operator = await open()
    store.isHeld = true
    for (let value = 0; value < 3_000; value++) operator.inputs[0]?.processElement(value, 0)
    expect(operator.isOverloaded).toBe(true)
    operator.runOwnWork(1)
    store.breakNext(new Error('the disk is full'))
    await store.idle()
    expect(failures[0]).toMatchObject({ message: 'the disk is full' })
  })
})
