// The command lines of the engines on Java.
import { expect, it } from 'vitest'
import { javaEngineNames } from '../engines/engine-names.js'
import { javaArguments, moduleOf } from './java-engines.js'

const setup = { records: 5_000, parallelism: 2, workers: 1, state: 'heap', checkpointMs: 1_000 } as const

it.each(javaEngineNames)('gives %s its heap, its workload and a folder of its own', (engine) => {
  const args = javaArguments({ engine, workload: 'w4', setup, heapMb: 768, directory: '/empty' })
  expect(args).toEqual(expect.arrayContaining(['-Xmx768m', '-Djava.io.tmpdir=/empty']))
  expect(args.join(' ')).toContain('Peer w4 5000 2 1000 /empty')
})

it('tells the variants of Flink apart', () => {
  const optionsOf = (engine: (typeof javaEngineNames)[number]) =>
    javaArguments({ engine, workload: 'w1', setup, heapMb: 512, directory: '/empty' }).slice(-3)
  expect(optionsOf('flink-hashmap')).toEqual(['hashmap', 'false', '256m'])
  expect(optionsOf('flink-hashmap-reuse')).toEqual(['hashmap', 'true', '256m'])
  expect(optionsOf('flink-rocksdb')).toEqual(['rocksdb', 'false', '256m'])
  expect([moduleOf('flink-rocksdb'), moduleOf('jet')]).toEqual(['flink', 'jet'])
})
