// Tests of the advice given for plans that can not run.
import { describe, expect, it } from 'vitest'
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.js'
import { assertValidGraph, assertValidUid, graphWarnings } from './validate.js'

const source: StreamNode = {
  kind: 'source',
  id: 0,
  name: 'in',
  uid: 'in',
  sourceKind: 'x',
  boundedness: 'bounded',
  config: {},
  watermarks: {},
}
const sink: StreamNode = {
  kind: 'sink',
  id: 1,
  name: 'out',
  uid: 'out',
  sinkKind: 'x',
  delivery: 'at-least-once',
  config: {},
}
const edge: StreamEdge = { from: 0, tag: undefined, to: 1, input: 0, partitioning: 'forward' }

function graphOf(nodes: readonly StreamNode[], edges: readonly StreamEdge[] = [edge]): StreamGraph {
  return { jobName: 'job', params: {}, nodes, edges, bindings: new Map() }
}

const counting = (...names: readonly string[]): StreamNode => ({
  kind: 'process',
  id: 2,
  name: 'count',
  uid: 'count',
  states: names.map((name) => ({ name, kind: 'value', version: 1 })),
  sendsToKeys: false,
  declaredAt: '/app/job.ts:4:2',
})

describe('assertValidGraph', () => {
  it('accepts a source that ends in a sink', () => {
    expect(() => assertValidGraph(graphOf([source, sink]))).not.toThrow()
  })

  it('says how to add a source', () => {
    expect(() => assertValidGraph(graphOf([sink], []))).toThrow(
      "Expected job 'job' to have at least one source, got none; start with env.fromSource(source, { uid })",
    )
  })

  it('says how to add a sink', () => {
    expect(() => assertValidGraph(graphOf([source], []))).toThrow(
      "Expected job 'job' to write somewhere, got no sink; end a stream with .sinkTo(sink, { uid })",
    )
  })

  it('refuses a job name that could not be a folder', () => {
    expect(() => assertValidGraph({ ...graphOf([source, sink]), jobName: 'a/b' })).toThrow(
      "Expected the uid of a job (its name) to be 1 to 100 letters, digits, '-', '_' or '.', got 'a/b'",
    )
  })

  it('refuses two states of one name in an operator', () => {
    expect(() => assertValidGraph(graphOf([source, sink, counting('seen', 'n', 'seen')]))).toThrow(
      "Expected the state names of operator 'count' (/app/job.ts:4:2) to be unique, got 'seen' twice; rename one of the descriptors",
    )
  })

  it('refuses a state without a name or with a broken version', () => {
    expect(() => assertValidGraph(graphOf([source, sink, counting('')]))).toThrow("to have a name, got ''")
    const node: StreamNode = {
      kind: 'process',
      id: 2,
      name: 'count',
      uid: 'count',
      states: [{ name: 'n', kind: 'value', version: 0 }],
      sendsToKeys: false,
    }
    expect(() => assertValidGraph(graphOf([source, sink, node]))).toThrow(
      "Expected the version of state 'n' of operator 'count' to be an integer from 1, got 0",
    )
  })
})

describe('assertValidUid', () => {
  it.each(['orders', 'a.b-c_9', 'x'.repeat(100)])('accepts %s', (uid) => {
    expect(() => assertValidUid(uid, 'sink')).not.toThrow()
  })

  it.each(['', 'a b', 'ä', '../x', 'x'.repeat(101)])("refuses '%s'", (uid) => {
    expect(() => assertValidUid(uid, 'sink')).toThrow(`got '${uid}'`)
  })

  it('says what came instead of a text, and where', () => {
    expect(() => assertValidUid(undefined, 'sink', '/app/job.ts:3:1')).toThrow(
      "Expected the uid of a sink to be 1 to 100 letters, digits, '-', '_' or '.', got undefined (undefined) (/app/job.ts:3:1); " +
        'it names state and commit markers, so choose it once and keep it',
    )
  })
})

describe('graphWarnings', () => {
  it('names streams that nobody reads', () => {
    expect(graphWarnings(graphOf([source, sink]))).toEqual([])
    expect(graphWarnings(graphOf([source, sink, counting()]))).toEqual([
      "Nobody reads the output of 'count' (/app/job.ts:4:2); end it with .sinkTo(sink, { uid }) or remove it",
    ])
  })

  it('does not take the dead letters of a stream for its output', () => {
    const letters = { ...edge, tag: 'streamcore-dead-letters' }
    expect(graphWarnings(graphOf([source, sink], [letters]))).toHaveLength(1)
  })

  it('takes a side output for a use of the operator', () => {
    expect(graphWarnings(graphOf([source, sink], [{ ...edge, tag: 'late' }]))).toEqual([])
  })
})
