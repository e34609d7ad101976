// Exchange rates are broadcast to all payments: each is converted by the rate of its moment, however late that arrives.
import { broadcastState, defineJob, forMonotonousTimestamps, listState, minutes } from 'streamcore'
import { printSink } from 'streamcore/node'

interface Payment {
  readonly account: string
  readonly amount: number
  readonly currency: string
  readonly atMs: number
}

interface RateChange {
  readonly currency: string
  readonly rate: number
  readonly sinceMs: number
}

const payments: readonly Payment[] = [
  { account: 'ann', amount: 100, currency: 'USD', atMs: minutes(5) },
  { account: 'ann', amount: 10, currency: 'USD', atMs: minutes(10) },
  { account: 'bob', amount: 50, currency: 'GBP', atMs: minutes(12) },
  { account: 'bob', amount: 7, currency: 'CHF', atMs: minutes(13) },
]

const changes: readonly RateChange[] = [
  { currency: 'USD', rate: 0.9, sinceMs: minutes(0) },
  { currency: 'GBP', rate: 1.2, sinceMs: minutes(1) },
  { currency: 'USD', rate: 0.8, sinceMs: minutes(10) },
]

/** The changes of each currency, in order; every subtask holds a copy. */
const rates = broadcastState<string, readonly RateChange[]>('rates')

export const job = defineJob({ name: 'convert-payments' }, (env) => {
  const rateChanges = env.fromCollection(changes, {
    uid: 'rate-changes',
    watermarks: forMonotonousTimestamps((change) => change.sinceMs),
  })
  env
    .fromCollection(payments, {
      uid: 'payments',
      watermarks: forMonotonousTimestamps((payment) => payment.atMs),
    })
    .keyBy((payment) => payment.account)
    .connect(rateChanges.broadcast(rates))
    .process({
      uid: 'convert',
      state: { waiting: listState<Payment>('waiting') },
      processElement(payment, { state, timers }) {
        // When this timer fires, both streams are further: no rate of that moment is missing.
        state.waiting.add(payment)
        timers.registerEventTimeTimer(payment.atMs)
      },
      processBroadcastElement(change, ctx) {
        const state = ctx.broadcastState(rates)
        state.put(change.currency, [...(state.get(change.currency) ?? []), change])
      },
      *onTimer(timestampMs, ctx) {
        const waiting = [...ctx.state.waiting.get()]
        ctx.state.waiting.update(waiting.filter((payment) => payment.atMs > timestampMs))
        for (const { account, amount, currency, atMs } of waiting) {
          if (atMs > timestampMs) continue
          const change = ctx
            .broadcastState(rates)
            .get(currency)
            ?.findLast(({ sinceMs }) => sinceMs <= atMs)
          yield change === undefined
            ? `${account}: no rate for ${amount} ${currency}`
            : `${account}: ${amount} ${currency} are ${(amount * change.rate).toFixed(2)} EUR`
        }
      },
    })
    .sinkTo(printSink<string>(), { uid: 'out' })
})
