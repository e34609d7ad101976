// The command line: defaults, groups of peers, and what is refused.
import { expect, it } from 'vitest'
import { type BenchArguments, benchCommand } from './arguments.js'

async function given(...args: readonly string[]): Promise<BenchArguments> {
  const found: BenchArguments[] = []
  const command = benchCommand(async (parsed) => {
    found.push(parsed)
  })
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
  await command.parseAsync(args, { from: 'user' })
  const [first] = found
  if (first === undefined) throw new Error('Expected the command to act')
  return first
}

it('compares with the loop and with all of Flink unless told otherwise', async () => {
  const { peers, rounds, state, checkpoint, parallelism, javaHeap } = await given('w1')
  expect(peers).toEqual(['loop', 'flink-hashmap', 'flink-hashmap-reuse', 'flink-rocksdb'])
  expect({ rounds, state, checkpoint, parallelism, javaHeap }).toEqual({
    rounds: 5,
    state: ['heap'],
    checkpoint: [0],
    parallelism: [1],
    javaHeap: 512,
  })
})

it('runs everything when nothing is named', async () => {
  const { workloads } = await given()
  expect(workloads.join(' ')).toBe(
    'w1 w2-10k w2-1m w4 q0 q1 q2 q3 score checkpoint-1m checkpoint-10m restore-1m startup memory',
  )
})

it('takes groups and names of peers, each once and in the order of the tables', async () => {
  const { peers } = await given('w1', '--peers', 'rxjs,flink,loop,flink-hashmap')
  expect(peers).toEqual(['loop', 'flink-hashmap', 'flink-hashmap-reuse', 'flink-rocksdb', 'rxjs'])
  expect((await given('w1', '--peers', 'all')).peers).toHaveLength(7)
})

it('takes lists of settings', async () => {
  const text =
    'w2-10k q3 --checkpoint 0,1000 --state heap,leveldb --parallelism 1,2 --records 50_000 --rounds 3 --out results/here.jsonl'
  const parsed = await given(...text.split(' '))
  expect(parsed).toMatchObject({
    workloads: ['w2-10k', 'q3'],
    checkpoint: [0, 1_000],
    state: ['heap', 'leveldb'],
    parallelism: [1, 2],
    records: 50_000,
    rounds: 3,
    out: 'results/here.jsonl',
  })
})

it.each([
  ['w9'],
  ['w1', '--peers', 'spark'],
  ['w1', '--state', 'disk'],
  ['w1', '--rounds', '0'],
  ['w1', '--records', '10'],
  ['w1', '--parallelism', '1.5'],
  ['w1', '--java-heap', 'much'],
])('refuses %s %s %s', async (...args) => {
  await expect(given(...args)).rejects.toThrow()
})
