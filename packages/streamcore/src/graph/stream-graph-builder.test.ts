// Tests of the recorder: names, uids, freezing, dead letters, order of nodes.
import { describe, expect, it } from 'vitest'
import { noWatermarks } from '../contracts/watermark-strategy.js'
import { type NodeInput, StreamGraphBuilder } from './stream-graph-builder.js'
import { deadLetterTag } from './stream-graph.js'
import { unopenedSink, unopenedSource } from './test/unopened.js'

const forward = (from: number): NodeInput => ({
  outlets: [{ kind: 'node', from, tag: undefined }],
  partitioning: 'forward',
})
const deadLetters: NodeInput = { outlets: [{ kind: 'dead-letters' }], partitioning: 'forward' }

function addSource(builder: StreamGraphBuilder, uid: string, config: unknown = {}): number {
  const source = unopenedSource<unknown>()
  return builder.add(
    {
      kind: 'source',
      uid,
      sourceKind: 'unopened',
      boundedness: 'bounded',
      // @ts-expect-error a user's class may carry more than JSON
      config,
      watermarks: {},
    },
    [],
    { kind: 'source', source, watermarks: noWatermarks() },
  )
}

function addMap(builder: StreamGraphBuilder, ...inputs: NodeInput[]): number {
  return builder.add({ kind: 'map' }, inputs, { kind: 'map', map: (value) => value })
}

function addSink(builder: StreamGraphBuilder, uid: string, input: NodeInput): number {
  const sink = unopenedSink<unknown>()
  return builder.add(
    { kind: 'sink', uid, sinkKind: 'unopened', delivery: 'at-least-once', config: {} },
    [input],
    { kind: 'sink', sink },
  )
}

describe('StreamGraphBuilder', () => {
  it('names nodes by uid, or by kind and id, and says where they were declared', () => {
    const builder = new StreamGraphBuilder()
    addSink(builder, 'out', forward(addMap(builder, forward(addSource(builder, 'in')))))
    const graph = builder.finish('job', {})
    expect(graph.nodes.map((node) => node.name)).toEqual(['in', 'map-1', 'out'])
    expect(graph.nodes.map((node) => node.id)).toEqual([0, 1, 2])
    for (const node of graph.nodes) expect(node.declaredAt).toMatch(/stream-graph-builder\.test\.ts:\d+:\d+$/)
    expect([...graph.bindings].map(([id, binding]) => [id, binding.kind])).toEqual([
      [0, 'source'],
      [1, 'map'],
      [2, 'sink'],
    ])
  })

  it('keeps generated names apart from uids', () => {
    const builder = new StreamGraphBuilder()
    addSink(builder, 'map-1', forward(addMap(builder, forward(addSource(builder, 'in')))))
    expect(builder.finish('job', {}).nodes.map((node) => node.name)).toEqual(['in', 'map-1_', 'map-1'])
  })

  it('refuses a uid used twice and names both places', () => {
    const builder = new StreamGraphBuilder()
    addSource(builder, 'orders')
    expect(() => addSource(builder, 'orders')).toThrow(
      /^Expected every uid to be unique, got 'orders' twice: first at \S+builder\.test\.ts:\d+:\d+, again at \S+builder\.test\.ts:\d+:\d+; /,
    )
  })

  it('freezes nodes, edges and configuration', () => {
    const builder = new StreamGraphBuilder()
    addSink(builder, 'out', forward(addSource(builder, 'in', { deep: [{ topic: 'x' }] })))
    const graph = builder.finish('job', {})
    const [source] = graph.nodes
    expect(source).toMatchObject({ config: { deep: [{ topic: 'x' }] } })
    const config = source?.kind === 'source' ? source.config : undefined
    expect(() => Object.assign(Object(config), { more: 1 })).toThrow(TypeError)
    for (const part of [graph, graph.nodes, source, config, graph.edges, graph.edges[0]]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  it('refuses configuration that is no JSON and names the property', () => {
    const config = { topic: 'orders', retry: [{ since: new Date(0) }] }
    expect(() => addSource(new StreamGraphBuilder(), 'in', config)).toThrow(
      "Expected the config of source 'in' to be plain JSON, got an object of class Date at `.retry[0].since`",
    )
  })

  it('records nothing after it was finished', () => {
    const builder = new StreamGraphBuilder()
    const source = addSource(builder, 'in')
    addSink(builder, 'out', forward(source))
    builder.finish('job', {})
    expect(() => addMap(builder, forward(source))).toThrow('Expected no map after the plan was finished')
  })

  it('unites the dead letters of all nodes, also of those declared later, and numbers inputs first', () => {
    const builder = new StreamGraphBuilder()
    const early = addSource(builder, 'early')
    addSink(builder, 'refused', forward(addMap(builder, deadLetters)))
    const late = addSource(builder, 'late')
    addSink(builder, 'out', forward(addMap(builder, forward(early), forward(late))))
    const graph = builder.finish('job', {})
    const nameOf = (id: number): string | undefined => graph.nodes[id]?.name
    expect(graph.nodes.map((node) => node.name)).toEqual([
      'early',
      'late',
      'map-2',
      'map-3',
      'refused',
      'out',
    ])
    const toRefused = graph.edges.filter((edge) => edge.tag === deadLetterTag)
    expect(toRefused.map((edge) => [nameOf(edge.from), nameOf(edge.to)])).toEqual([
      ['early', 'map-3'],
      ['late', 'map-3'],
      ['map-2', 'map-3'],
    ])
    for (const edge of graph.edges) expect(edge.from).toBeLessThan(edge.to)
    for (const [id, binding] of graph.bindings) expect(binding.kind).toBe(graph.nodes[id]?.kind)
  })

  it('leaves out what reads dead letters, on whatever way', () => {
    const builder = new StreamGraphBuilder()
    const source = addSource(builder, 'in')
    const described = addMap(builder, deadLetters)
    const mixed = addMap(builder, {
      outlets: [
        { kind: 'node', from: described, tag: undefined },
        { kind: 'node', from: source, tag: undefined },
      ],
      partitioning: 'forward',
    })
    addSink(builder, 'out', forward(mixed))
    const graph = builder.finish('job', {})
    const letters = graph.edges.filter((edge) => edge.tag === deadLetterTag)
    expect(letters.map((edge) => [graph.nodes[edge.from]?.name, graph.nodes[edge.to]?.name])).toEqual([
      ['in', 'map-1'],
    ])
  })
})
