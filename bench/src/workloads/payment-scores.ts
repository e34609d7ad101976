/** A job whose time goes into its function, not into the engine: payments are scored by account. For several threads. */
import { defineJob, type, valueState } from 'streamcore'
import {
  orderAt,
  orderCount,
  type Payment,
  paymentAt,
  paymentOf,
  type Profile,
  profileOf,
} from '../generate/payment.js'
import { batchSize, RecordFeed } from '../measure/record-feed.js'
import type { Tally } from '../measure/tally.js'
import { countingSink } from './counting-sink.js'
import { generatedSource } from './generated-source.js'
import { scoreOf } from './score-model.js'
import type { Run, Workload } from './workload.js'

/** What comes out: a payment's score, and how many payments of the account have been scored. */
export interface Score {
  readonly seq: number
  readonly score: number
  readonly count: number
}

/** What is kept for an account. */
export interface Account {
  readonly profile: Profile
  count: number
}

/** source → keyBy → score → sink. */
export const paymentScores: Workload = {
  name: 'score',
  summary: 'payments scored by account, some 25 µs each, in worker threads: source → keyBy → score → sink',
  defaultRecords: 400_000,
  usesWorkers: true,
  job: scoreJob,
  loop: scoreByHand,
  expected: scoresByOrder,
}

/** The score of the account's next payment. */
export function nextScore(account: Account, payment: Payment): Score {
  account.count++
  return { seq: payment.seq, score: scoreOf(payment, account.profile), count: account.count }
}

/** The check value of a score. */
export function checkOfScore({ score, count }: Score): number {
  return score + count
}

function scoreJob(run: Run) {
  return defineJob({ name: 'bench-score' }, (env) => {
    env
      .fromSource(generatedSource(run, paymentAt), { uid: 'generator' })
      .keyBy((payment) => payment.account)
      .process({
        uid: 'score',
        state: { profile: valueState<Profile>('profile'), count: valueState<number>('count') },
        emits: type<Score>(),
        processElement(payment, { key, state }, out) {
          const known = state.profile.value()
          const profile = known ?? profileOf(key)
          if (known === undefined) state.profile.update(profile)
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          out.collect({ seq: payment.seq, score: scoreOf(payment, profile), count })
        },
      })
      .sinkTo(countingSink(run, checkOfScore), { uid: 'sink' })
  })
}

function scoreByHand(run: Run): void {
  const feed = new RecordFeed({ ...run, generate: paymentAt, subtaskIndex: 0 })
  const accounts = new Map<number, Account>()
  const { tally } = run
  while (!feed.isAtEnd) {
    for (const payment of feed.nextBatch(batchSize)) {
      let account = accounts.get(payment.account)
      if (account === undefined) {
        account = { profile: profileOf(payment.account), count: 0 }
        accounts.set(payment.account, account)
      }
      tally.out++
      tally.sum += checkOfScore(nextScore(account, payment)) | 0
    }
  }
  run.stopwatch.stop()
}

/** Each standing order is scored once, however often it is paid; n payments of an account count 1 + 2 + … + n. */
function scoresByOrder(records: number): Tally {
  const paid = new Uint32Array(orderCount)
  for (let index = 0; index < records; index++) {
    const order = orderAt(index)
    paid[order] = (paid[order] ?? 0) + 1
  }
  const counts = new Map<number, number>()
  let sum = 0
  for (const [order, times] of paid.entries()) {
    const payment = paymentOf(order, 0)
    sum += times * scoreOf(payment, profileOf(payment.account))
    counts.set(payment.account, (counts.get(payment.account) ?? 0) + times)
  }
  for (const count of counts.values()) sum += (count * (count + 1)) / 2
  return { out: records, sum }
}
