// Tests of what process without a key, broadcast and connect record, and of what they refuse in jobs written in JavaScript.
import { describe, expect, it } from 'vitest'
import { broadcastState, operatorListState, unionListState } from '../contracts/state/operator-state.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { explainText } from '../graph/explain.js'
import { graphHash } from '../graph/graph-hash.js'
import type { StreamGraph } from '../graph/stream-graph.js'
import { unopenedSink, unopenedSource } from '../graph/test/unopened.js'
import { translate } from '../graph/translate.js'
import { buildStreamGraph } from './build-stream-graph.js'
import type { DataStream } from './data-stream.js'
import { defineJob } from './define-job.js'
import type { StreamExecutionEnvironment } from './stream-execution-environment.js'

const rules = broadcastState<string, number>('rules')

function plan(build: (records: DataStream<string>, env: StreamExecutionEnvironment) => void): StreamGraph {
  return buildStreamGraph(
    defineJob({ name: 'job' }, (env) => {
      build(env.fromSource(unopenedSource<string>({ topic: 'records' }), { uid: 'records' }), env)
    }),
  )
}

/** One operator of each kind. */
const graph = plan((records, env) => {
  const broadcast = env
    .fromSource(unopenedSource<string>({ topic: 'rules' }), { uid: 'rules' })
    .broadcast(rules)
  const batches = records.process({
    uid: 'batch',
    state: { buffer: operatorListState<string>('buffer'), seen: unionListState<string>('seen') },
    *processElement(record) {
      yield record
    },
  })
  const checked = batches.connect(broadcast).process({
    uid: 'check',
    state: { refused: operatorListState<string>('refused') },
    *processElement(record) {
      yield record
    },
    processBroadcastElement: () => {},
  })
  checked
    .keyBy((record) => record)
    .connect(broadcast)
    .process({
      uid: 'count',
      state: { count: valueState<number>('count') },
      *processElement(record) {
        yield record
      },
      processBroadcastElement: () => {},
    })
    .sinkTo(unopenedSink({ table: 't' }), { uid: 'out' })
})

describe('operator state in a plan', () => {
  it('is described in its node, and explained', () => {
    expect(explainText(translate(graph, { parallelism: 2 }))).toMatch(
      /^job 'job', parallelism 2, plan [0-9a-f]{16}\n\n/,
    )
    const lines = explainText(translate(graph, { parallelism: 2 }))
      .split('\n')
      .slice(1)
    expect(lines.join('\n')).toBe(`
vertex 0, parallelism 2
  records: source unopened, unbounded {"topic":"records"}
     -> batch: non-keyed-process, state buffer (split-list), seen (union-list)

vertex 1, parallelism 2
  rules: source unopened, unbounded {"topic":"rules"}

vertex 2, parallelism 2
  <= batch, forward, input 1
  <= rules, broadcast, input 2
  check: non-keyed-broadcast, state refused (split-list), rules (broadcast)

vertex 3, parallelism 2
  <= check, hash, input 1
  <= rules, broadcast, input 2
  count: keyed-broadcast, state count (value), rules (broadcast)
     -> out: sink unopened, at-least-once {"table":"t"}
`)
  })

  it('fuses what it can at parallelism 1', () => {
    const fused = plan((records) => {
      records
        .connect(records.map((record) => record).broadcast(rules))
        .process({ uid: 'check', state: {}, processElement: () => {}, processBroadcastElement: () => {} })
        .sinkTo(unopenedSink({ table: 't' }), { uid: 'out' })
    })
    expect(translate(fused, { parallelism: 1 }).vertices).toHaveLength(1)
    expect(translate(fused, { parallelism: 2 }).vertices.map(({ name }) => name)).toEqual([
      'records -> map-1',
      'check -> out',
    ])
  })

  it('is part of the hash', () => {
    const hashOf = (kind: 'list' | 'union') =>
      graphHash(
        plan((records) => {
          const state = kind === 'list' ? operatorListState<string>('s') : unionListState<string>('s')
          records
            .process({ uid: 'p', state: { state }, processElement: () => {} })
            .sinkTo(unopenedSink({ table: 't' }), { uid: 'out' })
        }),
      )
    expect(hashOf('list')).not.toBe(hashOf('union'))
  })

  it('may have side outputs', () => {
    const nodes = plan((records) => {
      records
        .process({ uid: 'p', state: {}, processElement: () => {} })
        .getSideOutput({ id: 'side' })
        .sinkTo(unopenedSink({ table: 't' }), { uid: 'out' })
    }).nodes.map(({ name }) => name)
    expect(nodes).toEqual(['records', 'p', 'out'])
  })
})

describe('a plan is refused', () => {
  const state = { wrong: operatorListState<string>('wrong') }
  const asDataStream = (stream: DataStream<string>): DataStream<string> => stream

  it('when a keyed stream, passed on as a DataStream, is given operator state', () => {
    expect(() =>
      plan((records) =>
        asDataStream(records.keyBy((record) => record)).process({
          uid: 'p',
          state,
          processElement: () => {},
        }),
      ),
    ).toThrow(
      /states of operator 'p' to be keyed, got split-list state 'wrong'; take valueState.*or call process before keyBy/,
    )
  })

  it('when a keyed stream, passed on as a DataStream, is given endInput', () => {
    const fn = { uid: 'p', state: {}, processElement: () => {}, endInput: () => {} }
    expect(() => plan((records) => asDataStream(records.keyBy((record) => record)).process(fn))).toThrow(
      /operator 'p', whose stream is keyed, to have no endInput.*use a timer/,
    )
  })

  it.each([
    ['keyed state without a key', valueState<number>('wrong'), 'value'],
    ['broadcast state without a broadcast stream', broadcastState<string, number>('wrong'), 'broadcast'],
  ])('for %s', (_, descriptor, kind) => {
    expect(() =>
      plan((records) => {
        const fn = { uid: 'p', state: {}, processElement: () => {} }
        Reflect.set(fn.state, 'wrong', descriptor)
        records.process(fn)
      }),
    ).toThrow(
      `states of operator 'p', whose stream has no key, to be lists of operator state, got ${kind} state 'wrong'`,
    )
  })

  it('for states of the same name', () => {
    expect(() =>
      plan((records) => {
        records
          .connect(records.broadcast(broadcastState('same')))
          .process({
            uid: 'p',
            state: { same: operatorListState('same') },
            processElement: () => {},
            processBroadcastElement: () => {},
          })
          .sinkTo(unopenedSink({ table: 't' }), { uid: 'out' })
      }),
    ).toThrow(/state names of operator 'p'.*to be unique, got 'same' twice/)
  })

  it('for a broadcast without a broadcast state, and without processBroadcastElement', () => {
    const call = (given: readonly unknown[]) =>
      plan((records) => {
        Reflect.apply(records.broadcast, records, given)
      })
    expect(() => call([])).toThrow(/broadcast to be given descriptors of broadcast state, got none; declare/)
    expect(() => call([valueState('v')])).toThrow(/got something else/)
    expect(() =>
      plan((records) => {
        const connected = records.connect(records.broadcast(rules))
        Reflect.apply(connected.process, connected, [{ uid: 'p', state: {}, processElement: () => {} }])
      }),
    ).toThrow(/process to be given an object with processBroadcastElement\(\), got undefined/)
  })
})
