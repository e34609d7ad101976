// Tests of jobs as definitions: params, purity, and what is refused before anything runs.
import { describe, expect, it } from 'vitest'
import type { Schema } from '../contracts/schema.js'
import { unopenedSink, unopenedSource } from '../graph/test/unopened.js'
import { buildStreamGraph } from './build-stream-graph.js'
import { defineJob } from './define-job.js'

const rootSchema: Schema<{ root: string }> = {
  parse(input) {
    if (typeof input === 'object' && input !== null && 'root' in input && typeof input.root === 'string') {
      return { root: input.root }
    }
    throw new Error('root: expected a text')
  },
}

const withRoot = defineJob({ name: 'files', params: rootSchema }, (env, { root }) => {
  env.fromSource(unopenedSource({ root }), { uid: 'in' }).sinkTo(unopenedSink(), { uid: 'out' })
})

describe('defineJob', () => {
  it('is a frozen definition that has run nothing', () => {
    const job = defineJob({ name: 'idle' }, () => {
      throw new Error('built too early')
    })
    expect(job.name).toBe('idle')
    expect(Object.isFrozen(job)).toBe(true)
  })
})

describe('buildStreamGraph', () => {
  it('gives parsed params to the job and keeps the plain ones in the plan', () => {
    const graph = buildStreamGraph(withRoot, { root: '/data', extra: [1] })
    expect(graph.jobName).toBe('files')
    expect(graph.params).toEqual({ root: '/data', extra: [1] })
    expect(graph.nodes[0]).toMatchObject({ config: { root: '/data' } })
  })

  it('gives the same plan each time', () => {
    const first = buildStreamGraph(withRoot, { root: '/data' })
    const second = buildStreamGraph(withRoot, { root: '/data' })
    expect(second.nodes).toEqual(first.nodes)
    expect(second.edges).toEqual(first.edges)
  })

  it('says which params a schema refused, and why', () => {
    expect(() => buildStreamGraph(withRoot, { rot: 1 })).toThrow(
      expect.objectContaining({
        code: 'STREAMCORE_CONFIG',
        message: `Expected params that the schema of job 'files' accepts, got {"rot":1}: root: expected a text`,
      }),
    )
  })

  it('refuses params that are no JSON', () => {
    expect(() => buildStreamGraph(withRoot, { root: new Map() })).toThrow(
      "Expected the params of job 'files' to be plain JSON, got an object of class Map at `.root`",
    )
  })

  it('gives an empty object to a job without params', () => {
    const seen: unknown[] = []
    const job = defineJob({ name: 'none' }, (env, params) => {
      seen.push(params)
      env.fromCollection([1]).sinkTo(unopenedSink(), { uid: 'out' })
    })
    buildStreamGraph(job)
    expect(seen).toEqual([{}])
  })

  it('refuses an async job', async () => {
    const build = async (): Promise<void> => {
      await Promise.resolve()
      throw new Error('too late')
    }
    // oxlint-disable-next-line typescript/no-misused-promises -- the mistake under test
    const job = defineJob({ name: 'late' }, build)
    expect(() => buildStreamGraph(job)).toThrow(
      "Expected the function of job 'late' to record its plan synchronously, got an async function",
    )
  })

  it('checks the finished plan', () => {
    expect(() => buildStreamGraph(defineJob({ name: 'empty' }, () => {}))).toThrow(
      "Expected job 'empty' to have at least one source",
    )
  })
})
