/** The operator of functions without a key: events of two inputs, side outputs, failures, what a snapshot holds. */
import { describe, expect, it } from 'vitest'
import type { AnyProcessFunction } from '../../contracts/functions/any-unkeyed-function.js'
import { type } from '../../contracts/schema.js'
import { broadcastState, operatorListState } from '../../contracts/state/operator-state.js'
import { decodeElementBlock } from '../../serde/element-block.js'
import { unpackFrames } from '../../serde/frames.js'
import { decodeValue } from '../../serde/value-codec.js'
import { OperatorStateStore } from '../../state/operator/operator-state-store.js'
import type { Input } from '../input.js'
import { PoisonRecords, poisonId } from '../poison-records.js'
import { operatorContext, RecordingInput, type TestContextOptions } from '../test/recording-input.js'
import { ProcessOperator } from './process-operator.js'

const rules = broadcastState<string, number>('rules')

interface TestOptions extends TestContextOptions {
  readonly sideOutputs?: ReadonlyMap<string, Input>
  readonly isAlone?: boolean
}

function operatorOf(fn: Partial<AnyProcessFunction>, options: TestOptions = {}) {
  const output = new RecordingInput()
  const store = new OperatorStateStore({ uid: 'under-test', subtaskIndex: 0 })
  rules.bind(store)
  const operator = new ProcessOperator({
    context: operatorContext(options),
    fn: { uid: 'under-test', state: {}, processElement: () => {}, ...fn },
    store,
    hasBroadcastInput: options.isAlone !== true,
    output,
    sideOutputs: options.sideOutputs ?? new Map(),
    restoredWatermarkMs: Number.NEGATIVE_INFINITY,
  })
  const [first, second = first] = operator.inputs
  if (first === undefined || second === undefined) throw new Error('an operator has an input')
  return { operator, output, first, second }
}

describe('an operator without keys', () => {
  it('combines watermarks and idleness of a stream and a broadcast stream', () => {
    const { output, first, second } = operatorOf({})
    first.processWatermark(5)
    expect(output.take()).toEqual([])
    second.processWatermark(3)
    second.processIdleness(true)
    expect(output.take()).toEqual(['watermark 3', 'watermark 5'])
    first.processIdleness(true)
    first.processIdleness(false)
    expect(output.take()).toEqual(['idle', 'active'])
    first.processWatermark(9)
    second.processIdleness(false)
    second.processWatermark(4)
    expect(output.take()).toEqual(['watermark 9'])
  })

  it('ends when both have ended, after endInput, and sends side outputs the same events', () => {
    const side = new RecordingInput()
    const { operator, output, first, second } = operatorOf(
      {
        emits: type<unknown>(),
        endInput: (ctx, out) => {
          ctx.output({ id: 'side' }, `at ${ctx.timers.currentWatermarkMs()}`)
          out.collect('last')
        },
      },
      { sideOutputs: new Map([['side', side]]) },
    )
    first.processWatermark(7)
    second.processEnd()
    expect([operator.isEnded, output.take()]).toEqual([false, ['watermark 7']])
    first.processEnd()
    expect([operator.isEnded, output.take()]).toEqual([true, ['last', 'end']])
    expect(side.take()).toEqual(['watermark 7', 'at 7', 'end'])
    expect(side.timestampsMs).toEqual([Number.NEGATIVE_INFINITY])
  })

  it('gives every emitted record the time of its element', () => {
    const { output, first } = operatorOf({ processElement: (value) => [value, value] }, { isAlone: true })
    first.processElement('a', 3)
    first.processElement('b', 4)
    expect([output.take(), output.timestampsMs]).toEqual([
      ['a', 'a', 'b', 'b'],
      [3, 3, 4, 4],
    ])
  })

  it('fails with the call and the record, which is known again without a key', () => {
    const fails = (value: unknown) => {
      throw new Error(`not ${String(value)}`)
    }
    const { first, second } = operatorOf({ processElement: fails, processBroadcastElement: fails })
    expect(() => first.processElement('a', 0)).toThrow(
      expect.objectContaining({
        code: 'STREAMCORE_USER_FUNCTION',
        message: expect.stringMatching(/^not a \(in processElement of operator 'under-test'/),
        poisonId: poisonId('under-test', '', 'a'),
      }),
    )
    expect(() => second.processElement('b', 0)).toThrow(/^not b \(in processBroadcastElement of operator/)
    const { first: ending } = operatorOf({ endInput: () => fails('the end') }, { isAlone: true })
    expect(() => ending.processEnd()).toThrow(/^not the end \(in endInput of operator 'under-test'/)
  })

  it('diverts a record that has failed too often', () => {
    const poison = new PoisonRecords()
    poison.note(poisonId('under-test', '', 'a'), 'it fails', 1)
    const deadLetters = new RecordingInput()
    const { output, first } = operatorOf({ processElement: (value) => [value] }, { poison, deadLetters })
    first.processElement('a', 0)
    first.processElement('b', 0)
    expect(output.take()).toEqual(['b'])
    expect(deadLetters.take()).toEqual([expect.objectContaining({ uid: 'under-test', reason: 'it fails' })])
  })

  it('diverts a broadcast element in every subtask, but tells of it once', () => {
    const poison = new PoisonRecords()
    poison.note(poisonId('under-test', '', 'rule'), 'it fails', 1)
    const letters = [0, 1, 2].map((subtaskIndex) => {
      const deadLetters = new RecordingInput()
      const processBroadcastElement = () => expect.fail('it was set aside')
      const { second } = operatorOf({ processBroadcastElement }, { poison, deadLetters, subtaskIndex })
      second.processElement('rule', 0)
      return deadLetters.take().length
    })
    expect(letters).toEqual([1, 0, 0])
  })

  it('hands over its states slice by slice, as they were at the barrier, and its watermark', () => {
    const { operator, first, second } = operatorOf({
      state: { list: operatorListState<unknown>('list') },
      processElement: (value, { state }) => {
        for (const list of Object.values(state)) Reflect.get(Object(list), 'add').call(list, value)
      },
      processBroadcastElement: (value, ctx) => ctx.broadcastState(rules).put(String(value), 1),
    })
    first.processWatermark(5)
    second.processWatermark(5)
    for (const value of [1, 2, 3]) first.processElement(value, 0)
    second.processElement('rule', 0)
    const snapshot = operator.snapshot()
    first.processElement(4, 0)
    second.processElement('later', 0)
    const pieces = []
    for (let isDone = false; !isDone; ) {
      isDone = snapshot.writeSlice(1)
      const taken = snapshot.takePieces()
      if (!(taken instanceof Promise)) pieces.push(...taken)
    }
    const elements = pieces
      .filter(({ kind }) => kind === 'operator-state')
      .flatMap(({ bytes }) => unpackFrames(bytes).map((block) => decodeElementBlock(block)))
      .map((block) => [block.name, ...block.elements])
    expect(elements).toEqual([
      ['rules', ['rule', 1]],
      ['list', 1],
      ['list', 2],
      ['list', 3],
    ])
    const [own] = pieces.filter(({ kind }) => kind === 'operator')
    expect(own === undefined ? undefined : decodeValue(own.bytes)).toEqual({ watermarkMs: 5 })
    expect(operator.states.map(({ name }) => name)).toEqual(['rules', 'list'])
  })
})
