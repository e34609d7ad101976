// Tests of the plan's hash: stable where nothing changed, different where something did.
import { describe, expect, it } from 'vitest'
import { buildStreamGraph } from '../api/build-stream-graph.js'
import { defineJob } from '../api/define-job.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { fnv1a64, graphHash } from './graph-hash.js'
import { unopenedSink, unopenedSource } from './test/unopened.js'

interface Options {
  readonly params?: unknown
  readonly topic?: string
  readonly stateName?: string
  readonly map?: (text: string) => string
}

function hashOf({
  params = {},
  topic = 'words',
  stateName = 'seen',
  map = (text) => text,
}: Options = {}): string {
  const job = defineJob({ name: 'job' }, (env) => {
    env
      .fromSource(unopenedSource<string>({ topic, partitions: 2 }), { uid: 'in' })
      .map(map)
      .keyBy((word) => word)
      .process({
        uid: 'distinct',
        state: { seen: valueState<boolean>(stateName) },
        processElement: (word) => [word],
      })
      .sinkTo(unopenedSink(), { uid: 'out' })
  })
  return graphHash(buildStreamGraph(job, params))
}

describe('graphHash', () => {
  it('is pinned: a change here separates workers of two versions of streamcore', () => {
    expect(hashOf()).toBe('7834712fdbe9bbf6')
  })

  it('does not depend on functions and source lines', () => {
    expect(hashOf({ map: (text) => text.toUpperCase() })).toBe(hashOf())
  })

  it('does not depend on the order of properties', () => {
    expect(hashOf({ params: { a: 1, b: { c: 2, d: 3 } } })).toBe(
      hashOf({ params: { b: { d: 3, c: 2 }, a: 1 } }),
    )
  })

  it('depends on params, configuration and states', () => {
    const hashes = [
      hashOf(),
      hashOf({ params: { a: 1 } }),
      hashOf({ topic: 'x' }),
      hashOf({ stateName: 'x' }),
    ]
    expect(new Set(hashes).size).toBe(4)
  })
})

describe('fnv1a64', () => {
  it('gives the published values of FNV-1a', () => {
    expect(fnv1a64('')).toBe('cbf29ce484222325')
    expect(fnv1a64('a')).toBe('af63dc4c8601ec8c')
    expect(fnv1a64('foobar')).toBe('85944171f73967e8')
  })
})
