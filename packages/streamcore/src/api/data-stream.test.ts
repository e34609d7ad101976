// Tests of what each call of the API records.
import { describe, expect, it } from 'vitest'
import { outputTag } from '../contracts/functions/output-tag.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { forMonotonousTimestamps } from '../contracts/watermark-strategy.js'
import type { StreamGraph } from '../graph/stream-graph.js'
import { deadLetterTag } from '../graph/stream-graph.js'
import { unopenedSink, unopenedSource } from '../graph/test/unopened.js'
import { buildStreamGraph } from './build-stream-graph.js'
import type { DataStream } from './data-stream.js'
import { defineJob } from './define-job.js'
import type { StreamExecutionEnvironment } from './stream-execution-environment.js'

interface Order {
  readonly id: string
  readonly at: number
}

function plan(build: (env: StreamExecutionEnvironment) => void): StreamGraph {
  return buildStreamGraph(defineJob({ name: 'job' }, build))
}

const orders = (env: StreamExecutionEnvironment, uid = 'orders'): DataStream<Order> =>
  env.fromSource(unopenedSource<Order>({ topic: uid }), { uid })

/** `from -> to`, all edges. */
const wires = (graph: StreamGraph): string[] =>
  graph.edges.map((edge) => {
    const [from, to] = [graph.nodes[edge.from], graph.nodes[edge.to]]
    return `${from?.name}${edge.tag === undefined ? '' : `[${edge.tag}]`} -${edge.partitioning}-> ${to?.name}.${edge.input}`
  })

describe('DataStream', () => {
  it('records stateless operators as a chain and binds their functions', () => {
    const graph = plan((env) =>
      orders(env)
        .map((order) => order.at)
        .filter((at) => at > 1)
        .flatMap((at) => [at, at])
        .sinkTo(unopenedSink({ table: 't' }), { uid: 'out' }),
    )
    expect(wires(graph)).toEqual([
      'orders -forward-> map-1.0',
      'map-1 -forward-> filter-2.0',
      'filter-2 -forward-> flatMap-3.0',
      'flatMap-3 -forward-> out.0',
    ])
    expect(graph.nodes.at(-1)).toMatchObject({
      kind: 'sink',
      sinkKind: 'unopened',
      delivery: 'at-least-once',
      config: { table: 't' },
    })
    const [map, filter, flatMap] = [1, 2, 3].map((id) => graph.bindings.get(id))
    expect(map?.kind === 'map' && map.map({ id: 'a', at: 7 })).toBe(7)
    expect(filter?.kind === 'filter' && filter.filter(1)).toBe(false)
    expect(flatMap?.kind === 'flatMap' && flatMap.flatMap(3)).toEqual([3, 3])
  })

  it('records a union as several edges into what reads it', () => {
    const graph = plan((env) =>
      orders(env, 'a').union(orders(env, 'b'), orders(env, 'c')).sinkTo(unopenedSink(), { uid: 'out' }),
    )
    expect(wires(graph)).toEqual(['a -forward-> out.0', 'b -forward-> out.0', 'c -forward-> out.0'])
  })

  it('can be read by several operators', () => {
    const graph = plan((env) => {
      const stream = orders(env)
      stream.sinkTo(unopenedSink(), { uid: 'one' })
      stream.sinkTo(unopenedSink(), { uid: 'two' })
    })
    expect(wires(graph)).toEqual(['orders -forward-> one.0', 'orders -forward-> two.0'])
  })

  it('records a side output under its tag', () => {
    const graph = plan((env) =>
      orders(env)
        .keyBy((order) => order.id)
        .process({ uid: 'split', state: {}, processElement: (order) => [order] })
        .getSideOutput(outputTag<Order>('late'))
        .sinkTo(unopenedSink(), { uid: 'out' }),
    )
    expect(wires(graph)).toEqual(['orders -hash-> split.0', 'split[late] -forward-> out.0'])
  })

  it('says which streams have side outputs', () => {
    const late = outputTag<Order>('late')
    const message =
      "Expected getSideOutput('late') to be called on the stream that process() gave, got one of another origin"
    expect(() => plan((env) => orders(env).getSideOutput(late))).toThrow(message)
    expect(() =>
      plan((env) => {
        const split = orders(env)
          .keyBy((order) => order.id)
          .process({ uid: 'split', state: {}, processElement: (order) => [order] })
        split.union(orders(env, 'more')).getSideOutput(late)
      }),
    ).toThrow(message)
    expect(() =>
      plan((env) =>
        orders(env)
          .keyBy((order) => order.id)
          .process({ uid: 'split', state: {}, processElement: (order) => [order] })
          .getSideOutput(outputTag(deadLetterTag)),
      ),
    ).toThrow('the dead letters of the job are env.deadLetters()')
  })

  it('refuses streams of another job', () => {
    const foreign: DataStream<Order>[] = []
    plan((env) => {
      foreign.push(orders(env))
      orders(env, 'more').sinkTo(unopenedSink(), { uid: 'out' })
    })
    expect(() => plan((env) => orders(env).union(...foreign))).toThrow(
      'Expected union to be given a stream of the same job',
    )
  })

  it('refuses what is no function', () => {
    // @ts-expect-error what a job in JavaScript may do
    expect(() => plan((env) => orders(env).map('upper'))).toThrow(
      'Expected map to be given a function, got string',
    )
  })
})

describe('KeyedStream', () => {
  it('records the states of a function, its key selector and the function itself', () => {
    const fn = {
      uid: 'count',
      state: { total: valueState<number>('total', { version: 2 }) },
      processElement: (order: Order) => [order.id],
    }
    const graph = plan((env) =>
      orders(env)
        .keyBy((order) => order.id)
        .process(fn)
        .sinkTo(unopenedSink(), { uid: 'out' }),
    )
    expect(graph.nodes[1]).toMatchObject({
      kind: 'process',
      uid: 'count',
      states: [{ name: 'total', kind: 'value', version: 2 }],
      sendsToKeys: false,
    })
    const binding = graph.bindings.get(1)
    expect(binding?.kind === 'process' && binding.fn).toBe(fn)
    expect(binding?.kind === 'process' && binding.keySelectors[0].select({ id: 'k', at: 1 })).toBe('k')
    expect(binding?.kind === 'process' && binding.keySelectors[0].text).toContain('order.id')
  })

  it('records reduce with its accumulator as state', () => {
    const graph = plan((env) =>
      orders(env)
        .keyBy((order) => order.id)
        .reduce({ uid: 'newest', reduce: (a, b) => (a.at > b.at ? a : b) })
        .sinkTo(unopenedSink(), { uid: 'out' }),
    )
    expect(graph.nodes[1]).toMatchObject({
      kind: 'reduce',
      states: [{ name: 'accumulator', kind: 'reducing' }],
    })
    const binding = graph.bindings.get(1)
    expect(binding?.kind === 'reduce' && binding.reduce({ id: 'a', at: 1 }, { id: 'a', at: 2 })).toEqual({
      id: 'a',
      at: 2,
    })
  })

  it('connects the inputs in order, also one stream with itself', () => {
    const graph = plan((env) => {
      const byId = orders(env).keyBy((order) => order.id)
      byId
        .connect(byId)
        .process({ uid: 'self', state: {}, processElement1: () => [], processElement2: (order) => [order] })
        .sinkTo(unopenedSink(), { uid: 'out' })
    })
    expect(wires(graph)).toEqual(['orders -hash-> self.0', 'orders -hash-> self.1', 'self -forward-> out.0'])
  })

  it('wants a receiver for messages to other keys', () => {
    expect(() =>
      plan((env) =>
        orders(env)
          .keyBy((order) => order.id)
          .process({ uid: 'resolve', state: {}, sendsToKeys: true, processElement: (order) => [order] }),
      ),
    ).toThrow("Expected operator 'resolve' to have onMessage, because it declares sendsToKeys")
  })

  it('names the method that a function lacks', () => {
    const misspelt = { uid: 'x', state: {}, onElement: () => [] }
    expect(() =>
      plan((env) => {
        const byId = orders(env).keyBy((order) => order.id)
        // @ts-expect-error what a job in JavaScript may do
        byId.process(misspelt)
      }),
    ).toThrow('Expected process to be given an object with processElement(), got undefined')
  })
})

describe('StreamExecutionEnvironment', () => {
  it('describes watermarks as plain data and binds the strategy', () => {
    const watermarks = forMonotonousTimestamps<Order>((order) => order.at, { idleAfterMs: 5 })
    const graph = plan((env) =>
      env
        .fromSource(unopenedSource<Order>(), { uid: 'in', watermarks })
        .sinkTo(unopenedSink(), { uid: 'out' }),
    )
    expect(graph.nodes[0]).toMatchObject({
      watermarks: { kind: 'monotonous', maxOutOfOrdernessMs: 0, extractsTimestamps: true, idleAfterMs: 5 },
    })
    const binding = graph.bindings.get(0)
    expect(binding?.kind === 'source' && binding.watermarks).toBe(watermarks)
  })

  it('names collections by themselves', () => {
    const graph = plan((env) => {
      env
        .fromCollection(['a'])
        .union(env.fromCollection(['b']), env.fromCollection(['c'], { uid: 'last' }))
        .sinkTo(unopenedSink(), { uid: 'out' })
    })
    expect(graph.nodes.map((node) => node.name)).toEqual(['collection-0', 'collection-1', 'last', 'out'])
  })

  it('gives the dead letters of everything but their own readers', () => {
    const graph = plan((env) => {
      env
        .deadLetters()
        .map((letter) => letter.uid)
        .sinkTo(unopenedSink(), { uid: 'refused' })
      orders(env)
        .filter(() => true)
        .sinkTo(unopenedSink(), { uid: 'out' })
    })
    expect(wires(graph).filter((wire) => wire.includes(deadLetterTag))).toEqual([
      `orders[${deadLetterTag}] -forward-> map-2.0`,
      `filter-1[${deadLetterTag}] -forward-> map-2.0`,
    ])
  })
})
