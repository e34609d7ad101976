// A breach of the table of layers is found, and what the table allows is not.
import { describe, expect, it } from 'vitest'
import { findLayerBreaches } from './layers.mjs'

const core = 'packages/streamcore/src'

function breachesOf(path, specifier) {
  return findLayerBreaches([{ path, text: `import { x } from '${specifier}'\nexport const y = x\n` }])
}

describe('imports that break the layers', () => {
  it.each([
    [`${core}/state/heap.ts`, '../operators/map.js'],
    [`${core}/contracts/key.ts`, '../serde/codec.js'],
    [`${core}/operators/keyed/process.ts`, '../../runtime/mailbox.js'],
    [`${core}/graph/plan.ts`, '../windowing/tumbling.js'],
    [`${core}/api/stream.ts`, '../runtime/local-executor.js'],
    [`${core}/runtime/task.ts`, '../node/clock.js'],
    [`${core}/runtime/task.ts`, '../testing/harness.js'],
    [`${core}/runtime/task.ts`, '../index.js'],
    [`${core}/index.ts`, './node/index.js'],
    [`${core}/novel/thing.ts`, '../contracts/key.js'],
    [`${core}/runtime/task.ts`, 'node:fs'],
    [`${core}/runtime/task.ts`, 'fs'],
    [`${core}/runtime/task.ts`, 'msgpackr'],
    [`${core}/serde/codec.ts`, 'lodash'],
    [`${core}/serde/codec.ts`, 'streamcore'],
    [`${core}/serde/codec.ts`, '@streamcore/connectors/log'],
    ['packages/connectors/src/log/source.ts', '../../../streamcore/src/index.js'],
    ['packages/connectors/src/log/source.ts', 'node:fs'],
    ['packages/connectors/src/log/source.ts', 'pg'],
    ['apps/banking-import/src/job.ts', '../../../packages/connectors/src/log/index.js'],
    ['apps/banking-import/src/job.ts', 'node:fs'],
    ['examples/src/job.ts', '@streamcore/banking-import'],
  ])('%s may not import %s', (path, specifier) => {
    expect(breachesOf(path, specifier)).toHaveLength(1)
  })

  it('finds type imports, re-exports and dynamic imports too', () => {
    const text = [
      `import type { A } from '../runtime/a.js'`,
      `export { b } from '../runtime/b.js'`,
      `export const c = () => import('../runtime/c.js')`,
    ].join('\n')
    expect(findLayerBreaches([{ path: `${core}/state/heap.ts`, text }])).toHaveLength(3)
  })
})

describe('imports that keep the layers', () => {
  it.each([
    [`${core}/state/heap.ts`, '../serde/codec.js'],
    [`${core}/state/heap.ts`, './timers.js'],
    [`${core}/operators/keyed/process.ts`, '../collector.js'],
    [`${core}/runtime/task.ts`, '../operators/map.js'],
    [`${core}/state/heap.test.ts`, '../testing/harness.js'],
    [`${core}/index.ts`, './api/stream.js'],
    [`${core}/node/execute.ts`, '../runtime/local-executor.js'],
    [`${core}/node/execute.ts`, 'node:worker_threads'],
    [`${core}/serde/codec.ts`, 'msgpackr'],
    ['packages/connectors/src/log/source.ts', 'streamcore'],
    ['packages/connectors/src/files/client/read.ts', 'node:fs'],
    ['packages/connectors/src/postgres/sink.ts', 'pg'],
    ['apps/banking-import/src/job.ts', '@streamcore/connectors/log'],
    ['apps/banking-import/src/main.ts', 'node:fs'],
  ])('%s may import %s', (path, specifier) => {
    expect(breachesOf(path, specifier)).toEqual([])
  })
})
