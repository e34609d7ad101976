// Tests of the printed plan; the snapshots are the documentation of its form.
import { describe, expect, it } from 'vitest'
import { buildStreamGraph } from '../api/build-stream-graph.js'
import { defineJob } from '../api/define-job.js'
import { outputTag } from '../contracts/functions/output-tag.js'
import { listState, valueState } from '../contracts/state/state-descriptors.js'
import { explainJson, explainText } from './explain.js'
import type { JobGraph } from './job-graph.js'
import { unopenedSink, unopenedSource } from './test/unopened.js'
import { translate } from './translate.js'

interface Account {
  readonly iban: string
  readonly customerId: string
}

const job = defineJob({ name: 'banking' }, (env) => {
  const customers = env.fromSource(unopenedSource<{ id: string }>({ topic: 'customer' }), {
    uid: 'customers',
  })
  const accounts = env.fromSource(unopenedSource<Account>({ topic: 'account' }), { uid: 'accounts' })
  const resolved = customers
    .keyBy((customer) => customer.id)
    .connect(accounts.keyBy((account) => account.customerId))
    .process({
      uid: 'await-customer',
      state: { seen: valueState<boolean>('seen'), waiting: listState<Account>('waiting') },
      sendsToKeys: true,
      processElement1: () => [],
      processElement2: (account) => [account],
      onMessage: () => [],
    })
  resolved.filter(() => true).sinkTo(unopenedSink({ table: 'ledger' }), { uid: 'ledger' })
  resolved.getSideOutput(outputTag<Account>('orphans')).sinkTo(unopenedSink(), { uid: 'orphans' })
  env
    .deadLetters()
    .map((letter) => letter.reason)
    .sinkTo(unopenedSink(), { uid: 'refused' })
})

const planOf = (parallelism: number): JobGraph => translate(buildStreamGraph(job), { parallelism })

describe('explainText', () => {
  it('shows vertices, channels, calls, states, and why an operator is not parallel', () => {
    expect(explainText(planOf(4))).toMatchInlineSnapshot(`
      "job 'banking', parallelism 4, plan d5c4f53317808f21

      vertex 0, parallelism 4
        customers: source unopened, unbounded {"topic":"customer"}

      vertex 1, parallelism 4
        accounts: source unopened, unbounded {"topic":"account"}

      vertex 2, parallelism 1: 'await-customer' sends messages between keys (sendsToKeys)
        <= customers, hash, input 1
        <= accounts, hash, input 2
        await-customer: co-process, state seen (value), waiting (list)
           -> filter-3: filter
              -> ledger: sink unopened, at-least-once {"table":"ledger"}
           -> [side output 'orphans'] orphans: sink unopened, at-least-once {}

      vertex 3, parallelism 1: keeps the order of 'await-customer', which runs at parallelism 1
        <= customers, dead letters, rebalance
        <= accounts, dead letters, rebalance
        <= await-customer, dead letters, forward
        <= filter-3, dead letters, forward
        map-6: map
           -> refused: sink unopened, at-least-once {}
      "
    `)
  })

  it('says of each exchange how much of it crosses workers', () => {
    const lines = explainText(planOf(4), { workers: 2 }).split('\n')
    expect(lines[0]).toMatch(/parallelism 4, 2 workers/)
    expect(lines.filter((line) => line.includes('<='))).toEqual([
      '  <= customers, hash, input 1, 50 % crosses workers',
      '  <= accounts, hash, input 2, 50 % crosses workers',
      '  <= customers, dead letters, rebalance, 50 % crosses workers',
      '  <= accounts, dead letters, rebalance, 50 % crosses workers',
      '  <= await-customer, dead letters, forward, stays in its worker',
      '  <= filter-3, dead letters, forward, stays in its worker',
    ])
  })

  it('shows at parallelism 1 a diamond as one tree', () => {
    const diamond = defineJob({ name: 'diamond' }, (env) => {
      const words = env.fromCollection(['a', 'b'], { uid: 'words' })
      words
        .keyBy((word) => word)
        .connect(words.map((word) => word).keyBy((word) => word))
        .process({ uid: 'join', state: {}, processElement1: (a) => [a], processElement2: () => [] })
        .sinkTo(unopenedSink(), { uid: 'out' })
    })
    expect(explainText(translate(buildStreamGraph(diamond), { parallelism: 1 }))).toMatchInlineSnapshot(`
      "job 'diamond', parallelism 1, plan 5652d8540bdee532

      vertex 0, parallelism 1
        words: source collection, bounded {"count":2}
           -> map-1: map
              -> [hash, input 2] join: co-process
                 -> out: sink unopened, at-least-once {}
           -> [hash, input 1] join (see above)
      "
    `)
  })

  it('ends with the warnings', () => {
    const unread = defineJob({ name: 'unread' }, (env) => {
      const words = env.fromCollection(['a'], { uid: 'words' })
      words.sinkTo(unopenedSink(), { uid: 'out' })
      words.map((word) => word.length)
    })
    expect(explainText(translate(buildStreamGraph(unread), { parallelism: 1 }))).toMatch(
      /\n\nwarning: Nobody reads the output of 'map-2' \(.*explain\.test\.ts:\d+:\d+\); end it with \.sinkTo\(sink, \{ uid \}\) or remove it\n$/,
    )
  })
})

describe('explainJson', () => {
  it('survives JSON and holds every node and edge once', () => {
    const graph = planOf(4)
    const plan = explainJson(graph)
    expect(JSON.parse(JSON.stringify(plan))).toMatchObject({
      job: 'banking',
      parallelism: 4,
      hash: graph.hash,
    })
    expect(plan.vertices.flatMap((vertex) => vertex.operators).toSorted((a, b) => a.id - b.id)).toEqual(
      graph.nodes,
    )
    expect(plan.vertices.flatMap((vertex) => vertex.calls).length + plan.exchanges.length).toBe(
      graph.streamGraph.edges.length,
    )
    expect(
      plan.vertices.map(({ name, parallelism, parallelismReason }) => [name, parallelism, parallelismReason]),
    ).toEqual(
      graph.vertices.map(({ name, parallelism, parallelismReason }) => [
        name,
        parallelism,
        parallelismReason,
      ]),
    )
  })
})
