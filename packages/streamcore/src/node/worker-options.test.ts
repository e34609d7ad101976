// What `workers` does not go together with is refused before anything starts.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { ConnectionKind } from '../contracts/connection.js'
import { keyValueStateBackend } from '../state/key-value/key-value-state-backend.js'
import type { ExecuteOptions } from './execute.js'
import { workerOptions } from './worker-options.js'

const url = new URL('file:///job.js')
const job = defineJob({ name: 'job' }, () => {})
const elsewhere = keyValueStateBackend({
  kind: 'leveldb',
  open: () => Promise.reject(new Error('never opened')),
})
const connections = { db: new ConnectionKind<null>('db').connection('db', async () => null) }

describe('workerOptions', () => {
  it('gives no workers for one, which is this thread, whatever the job is', () => {
    expect(workerOptions(job, {}, {})).toBeUndefined()
    expect(workerOptions(job, {}, { workers: 1, connections, stateBackend: elsewhere })).toBeUndefined()
  })

  it('gives as many as were asked for', () => {
    expect(workerOptions(url, {}, { workers: 2, parallelism: 2 })).toMatchObject({ count: 2 })
  })

  it.each<[string, object, ExecuteOptions, RegExp]>([
    ['a part of a worker', url, { workers: 1.5 }, /integer of at least 1, got `1.5`/],
    ['no worker', url, { workers: 0 }, /integer of at least 1, got `0`/],
    ['a job object', job, { workers: 2, parallelism: 2 }, /URL of a module .* got a job object/],
    [
      'idle workers',
      url,
      { workers: 3, parallelism: 2 },
      /at most `parallelism`.* got 3 workers at parallelism 2/,
    ],
    [
      'connections of this thread',
      url,
      { workers: 2, parallelism: 2, connections },
      /export const connections.* for db/,
    ],
    [
      'another backend',
      url,
      { workers: 2, parallelism: 2, stateBackend: elsewhere },
      /levelStateBackend\(\), got a backend of your own, 'leveldb'/,
    ],
  ])('refuses %s', (_, given, options, message) => {
    expect(() => workerOptions(given, {}, options)).toThrow(message)
    expect(() => workerOptions(given, {}, options)).toThrow(
      expect.objectContaining({ code: 'STREAMCORE_CONFIG', details: { config: 'workers' } }),
    )
  })
})
