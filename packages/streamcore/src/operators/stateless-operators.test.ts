// Tests of map, filter and flatMap: what passes, and what becomes of a record on which the function throws.
import { describe, expect, it } from 'vitest'
import type { Input } from './input.js'
import { FilterOperator } from './filter-operator.js'
import { FlatMapOperator } from './flat-map-operator.js'
import { MapOperator } from './map-operator.js'
import type { OperatorContext } from './operator-context.js'
import type { StatelessOperator } from './stateless-operator.js'
import { operatorContext, RecordingInput } from './test/recording-input.js'

const refuseThree = (value: unknown): void => {
  if (value === 3) throw new RangeError('three is not allowed')
}

const makers: readonly [
  call: string,
  make: (context: OperatorContext, output: Input) => StatelessOperator,
  passed: readonly unknown[],
][] = [
  [
    'map',
    (context, output) =>
      new MapOperator(context, output, (value) => {
        refuseThree(value)
        return `m${String(value)}`
      }),
    ['m1', 'm2', 'm4'],
  ],
  [
    'filter',
    (context, output) =>
      new FilterOperator(context, output, (value) => {
        refuseThree(value)
        return value !== 2
      }),
    [1, 4],
  ],
  [
    'flatMap',
    (context, output) =>
      new FlatMapOperator(context, output, function* (value) {
        yield value
        refuseThree(value)
        yield value
      }),
    [1, 1, 2, 2, 4, 4],
  ],
]

describe.each(makers)('%s', (call, make, passed) => {
  it('emits what the function gives, with the time of its record', () => {
    const output = new RecordingInput()
    const operator = make(operatorContext(), output)
    for (const value of [1, 2, 4]) operator.processElement(value, value * 10)
    expect(output.events).toEqual(passed)
    expect(new Set(output.timestampsMs)).toEqual(
      new Set(passed.map((value) => Number(String(value).replace('m', '')) * 10)),
    )
  })

  it('diverts a record on which the function throws, with reason and place, and drops its outputs', () => {
    const output = new RecordingInput()
    const deadLetters = new RecordingInput()
    const operator = make(operatorContext({ deadLetters, place: () => 'numbers.csv:3' }), output)
    for (const value of [1, 2, 3, 4]) operator.processElement(value, 0)
    expect(output.events).toEqual(passed)
    expect(deadLetters.events).toEqual([
      { uid: 'under-test', reason: 'three is not allowed', place: 'numbers.csv:3', value: '3' },
    ])
  })

  it('fails, saying where, when nobody takes dead letters', () => {
    const operator = make(operatorContext({ place: () => 'numbers.csv:3' }), new RecordingInput())
    expect(() => operator.processElement(3, 0)).toThrow(
      `RangeError: three is not allowed (in ${call} of operator 'under-test'`,
    )
    expect(() => operator.processElement(3, 0)).toThrow('on numbers.csv:3')
  })

  it('passes watermarks, idleness and the end to the dead letters too', () => {
    const output = new RecordingInput()
    const deadLetters = new RecordingInput()
    const operator = make(operatorContext({ deadLetters }), output)
    operator.processWatermark(5)
    operator.processIdleness(true)
    operator.processEnd()
    expect(output.events).toEqual(['watermark 5', 'idle', 'end'])
    expect(deadLetters.events).toEqual(output.events)
    expect(operator.isEnded).toBe(true)
  })
})

describe('a failure downstream of a stateless operator', () => {
  it('is not diverted by it', () => {
    const deadLetters = new RecordingInput()
    const failing: Input = {
      processElement: () => {
        throw new Error('the sink is broken')
      },
      processWatermark: () => {},
      processIdleness: () => {},
      processEnd: () => {},
    }
    const context = operatorContext({ deadLetters })
    const operators = [
      new MapOperator(context, failing, (value) => value),
      new FilterOperator(context, failing, () => true),
      new FlatMapOperator(context, failing, (value) => [value]),
    ]
    for (const operator of operators) {
      expect(() => operator.processElement(1, 0)).toThrow('the sink is broken')
    }
    expect(deadLetters.events).toEqual([])
  })
})
