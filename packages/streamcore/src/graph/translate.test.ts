// Tests of chaining, exchanges and parallelism, by example and for random plans.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildStreamGraph } from '../api/build-stream-graph.js'
import type { DataStream } from '../api/data-stream.js'
import { defineJob } from '../api/define-job.js'
import type { StreamExecutionEnvironment } from '../api/stream-execution-environment.js'
import { outputTag } from '../contracts/functions/output-tag.js'
import type { JobGraph } from './job-graph.js'
import { unopenedSink, unopenedSource } from './test/unopened.js'
import { translate } from './translate.js'

interface Item {
  readonly id: string
}

function plan(parallelism: number, build: (env: StreamExecutionEnvironment) => void): JobGraph {
  return translate(buildStreamGraph(defineJob({ name: 'job' }, build)), { parallelism })
}

const items = (env: StreamExecutionEnvironment, uid: string): DataStream<Item> =>
  env.fromSource(unopenedSource<Item>(), { uid })

const names = (graph: JobGraph): string[] => graph.vertices.map((vertex) => vertex.name)

/** `from -> to` by partitioning, of all channels. */
const channels = (graph: JobGraph): string[] =>
  graph.exchanges.map((edge) => {
    const [from, to] = [graph.nodes[edge.from], graph.nodes[edge.to]]
    return `${from?.name}${edge.tag === undefined ? '' : `[${edge.tag}]`} -${edge.partitioning}-> ${to?.name}.${edge.input}`
  })

const passOn = { state: {}, processElement: (item: Item): Item[] => [item] }
const passBoth = {
  state: {},
  processElement1: (item: Item): Item[] => [item],
  processElement2: (item: Item): Item[] => [item],
}

describe('translate', () => {
  it('fuses stateless operators and the sink with their source at any parallelism', () => {
    const build = (env: StreamExecutionEnvironment): void =>
      items(env, 'in')
        .map((item) => item)
        .filter(() => true)
        .sinkTo(unopenedSink(), { uid: 'out' })
    expect(names(plan(1, build))).toEqual(['in -> map-1 -> filter-2 -> out'])
    expect(names(plan(4, build))).toEqual(['in -> map-1 -> filter-2 -> out'])
    expect(plan(4, build).vertices[0]?.parallelism).toBe(4)
  })

  it('calls across a keyBy at parallelism 1 and exchanges by key above', () => {
    const build = (env: StreamExecutionEnvironment): void =>
      items(env, 'in')
        .keyBy((item) => item.id)
        .process({ uid: 'count', ...passOn })
        .sinkTo(unopenedSink(), { uid: 'out' })
    expect(names(plan(1, build))).toEqual(['in -> count -> out'])
    expect(channels(plan(1, build))).toEqual([])
    expect(names(plan(2, build))).toEqual(['in', 'count -> out'])
    expect(channels(plan(2, build))).toEqual(['in -hash-> count.0'])
  })

  it('fuses a diamond into one vertex at parallelism 1 and into three at 2', () => {
    const build = (env: StreamExecutionEnvironment): void => {
      const source = items(env, 'in')
      const left = source.map((item) => item).keyBy((item) => item.id)
      const right = source.filter(() => true).keyBy((item) => item.id)
      left
        .connect(right)
        .process({ uid: 'join', ...passBoth })
        .sinkTo(unopenedSink(), { uid: 'out' })
    }
    expect(names(plan(1, build))).toEqual(['in -> map-1 -> filter-2 -> join -> out'])
    expect(names(plan(2, build))).toEqual(['in -> map-1 -> filter-2', 'join -> out'])
    expect(channels(plan(2, build))).toEqual(['map-1 -hash-> join.0', 'filter-2 -hash-> join.1'])
  })

  it('gives two exchanges to connected streams of two sources', () => {
    const build = (env: StreamExecutionEnvironment): void =>
      items(env, 'a')
        .keyBy((item) => item.id)
        .connect(items(env, 'b').keyBy((item) => item.id))
        .process({ uid: 'join', ...passBoth })
        .sinkTo(unopenedSink(), { uid: 'out' })
    for (const parallelism of [1, 2]) {
      const graph = plan(parallelism, build)
      expect(names(graph)).toEqual(['a', 'b', 'join -> out'])
      expect(channels(graph)).toEqual(['a -hash-> join.0', 'b -hash-> join.1'])
    }
  })

  it('starts a vertex where the streams of two sources are united', () => {
    const graph = plan(2, (env) =>
      items(env, 'a')
        .union(items(env, 'b'))
        .map((item) => item)
        .sinkTo(unopenedSink(), { uid: 'out' }),
    )
    expect(names(graph)).toEqual(['a', 'b', 'map-2 -> out'])
    expect(channels(graph)).toEqual(['a -forward-> map-2.0', 'b -forward-> map-2.0'])
  })

  it('keeps side outputs apart from the main output, as calls and as channels', () => {
    const graph = plan(2, (env) => {
      const late = outputTag<Item>('late')
      const main = items(env, 'in')
        .keyBy((item) => item.id)
        .process({ uid: 'split', ...passOn })
      main.sinkTo(unopenedSink(), { uid: 'out' })
      main.getSideOutput(late).sinkTo(unopenedSink(), { uid: 'late' })
      main
        .getSideOutput(late)
        .keyBy((item) => item.id)
        .process({ uid: 'again', ...passOn })
    })
    expect(names(graph)).toEqual(['in', 'split -> out -> late', 'again'])
    expect(graph.chainedEdges.map((edge) => edge.tag)).toEqual([undefined, 'late'])
    expect(channels(graph)).toEqual(['in -hash-> split.0', 'split[late] -hash-> again.0'])
  })

  it('runs an operator that sends to other keys at parallelism 1, with what follows it until the next keyBy', () => {
    const graph = plan(4, (env) => {
      const resolved = items(env, 'in')
        .keyBy((item) => item.id)
        .process({ uid: 'resolve', ...passOn, sendsToKeys: true, onMessage: () => [] })
      const mapped = resolved.map((item) => item)
      mapped.keyBy((item) => item.id).process({ uid: 'parallel-again', ...passOn })
      mapped.union(items(env, 'other')).sinkTo(unopenedSink(), { uid: 'out' })
    })
    expect(names(graph)).toEqual(['in', 'resolve -> map-2', 'parallel-again', 'other', 'out'])
    expect(graph.vertices.map((vertex) => vertex.parallelism)).toEqual([4, 1, 4, 4, 1])
    expect(graph.vertices.map((vertex) => vertex.parallelismReason)).toEqual([
      undefined,
      "'resolve' sends messages between keys (sendsToKeys)",
      undefined,
      undefined,
      "keeps the order of 'map-2', which runs at parallelism 1",
    ])
    expect(channels(graph)).toEqual([
      'in -hash-> resolve.0',
      'map-2 -hash-> parallel-again.0',
      'map-2 -forward-> out.0',
      'other -rebalance-> out.0',
    ])
    expect(
      plan(1, (env) => items(env, 'in').sinkTo(unopenedSink(), { uid: 'o' })).vertices[0],
    ).not.toHaveProperty('parallelismReason')
  })

  it('is frozen', () => {
    const graph = plan(1, (env) => items(env, 'in').sinkTo(unopenedSink(), { uid: 'out' }))
    const parts = [graph, graph.vertices, graph.vertices[0], graph.vertices[0]?.nodes, graph.chainedEdges]
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true)
  })

  it.each([0, 1.5, -1, Number.NaN, 32_769])('refuses parallelism %s', (parallelism) => {
    expect(() => plan(parallelism, (env) => items(env, 'in').sinkTo(unopenedSink(), { uid: 'out' }))).toThrow(
      `Expected \`parallelism\` to be an integer from 1 to 32768, got \`${parallelism}\` (number)`,
    )
  })
})

/** One step of a random plan: which streams it reads, and what it does with them. */
const step = fc.record({
  kind: fc.constantFrom('source', 'map', 'process', 'sends', 'connect', 'union', 'side'),
  first: fc.nat(),
  second: fc.nat(),
})

function randomPlan(steps: readonly { kind: string; first: number; second: number }[], parallelism: number) {
  return plan(parallelism, (env) => {
    env.deadLetters().sinkTo(unopenedSink(), { uid: 'refused' })
    const streams = [items(env, 'in')]
    for (const [index, { kind, first, second }] of steps.entries()) {
      const a = streams[first % streams.length] ?? items(env, `in-${index}`)
      const b = streams[second % streams.length] ?? a
      const uid = `op-${index}`
      const byId = a.keyBy((item) => item.id)
      if (kind === 'source') streams.push(items(env, uid))
      else if (kind === 'map') streams.push(a.map((item) => item))
      else if (kind === 'union') streams.push(a.union(b).filter(() => true))
      else if (kind === 'process') streams.push(byId.process({ uid, ...passOn }))
      else if (kind === 'side') {
        streams.push(byId.process({ uid, ...passOn }).getSideOutput(outputTag<Item>('side')))
      } else if (kind === 'sends') {
        streams.push(byId.process({ uid, ...passOn, sendsToKeys: true, onMessage: () => [] }))
      } else streams.push(byId.connect(b.keyBy((item) => item.id)).process({ uid, ...passBoth }))
    }
    for (const [index, stream] of streams.entries()) stream.sinkTo(unopenedSink(), { uid: `out-${index}` })
  })
}

describe('translate, for any plan', () => {
  it('gives circle-free vertices whose inner edges are calls and whose channels enter at the first node', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (steps, parallelism) => {
        const graph = randomPlan(steps, parallelism)
        const vertexOf = new Map(graph.vertices.flatMap((vertex) => vertex.nodes.map((id) => [id, vertex])))
        expect([...vertexOf.keys()].toSorted((a, b) => a - b)).toEqual(graph.nodes.map((node) => node.id))
        expect(graph.chainedEdges.length + graph.exchanges.length).toBe(graph.streamGraph.edges.length)
        for (const edge of graph.chainedEdges) {
          const vertex = vertexOf.get(edge.from)
          expect(vertexOf.get(edge.to)).toBe(vertex)
          expect(edge.partitioning === 'forward' || vertex?.parallelism === 1).toBe(true)
        }
        for (const edge of graph.exchanges) {
          const [from, to] = [vertexOf.get(edge.from), vertexOf.get(edge.to)]
          expect(from?.id).toBe(edge.fromVertex)
          expect(to?.id).toBe(edge.toVertex)
          expect(edge.fromVertex).toBeLessThan(edge.toVertex)
          expect(to?.nodes[0]).toBe(edge.to)
          if (edge.partitioning === 'forward') expect(from?.parallelism).toBe(to?.parallelism)
          // Records of one subtask are dealt out by key only: anything else would lose their order.
          else if (edge.partitioning === 'rebalance') expect(to?.parallelism).toBe(1)
        }
      }),
    )
  })

  it('has the same hash at any parallelism', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        expect(randomPlan(steps, 3).hash).toBe(randomPlan(steps, 1).hash)
      }),
    )
  })
})
