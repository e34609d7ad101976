// Type tests of operator state and broadcast state, checked by the compiler: what is inferred, and what must not compile.
import {
  type BroadcastState,
  broadcastState,
  type BroadcastStream,
  type BroadcastStateDescriptor,
  type DataStream,
  type KeyedStream,
  type ListState,
  listState,
  operatorListState,
  outputTag,
  type ReadOnlyBroadcastState,
  type Source,
  type StreamExecutionEnvironment,
  type,
  unionListState,
  valueState,
} from '../index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only for `true`. */
declare function holds<_Claim extends true>(): void

interface Payment {
  readonly account: string
  readonly currency: string
  readonly amount: number
}
interface Change {
  readonly currency: string
  readonly rate: number
}
declare const env: StreamExecutionEnvironment
declare const paymentSource: Source<Payment>
declare const changeSource: Source<Change>
const payments = env.fromSource(paymentSource, { uid: 'payments' })
const changes = env.fromSource(changeSource, { uid: 'changes' })
const late = outputTag<Payment>('late')

// Operator state of a stream without keys: nothing is annotated but what the lists hold.
const batches = payments.process({
  uid: 'batch',
  state: { buffer: operatorListState<Payment>('buffer'), seen: unionListState<string>('seen') },
  *processElement(payment, { state, timers, timestampMs, output }) {
    holds<Equal<typeof payment, Payment>>()
    holds<Equal<typeof state.buffer, ListState<Payment>>>()
    holds<Equal<typeof state.seen, ListState<string>>>()
    state.buffer.add(payment)
    output(late, payment)
    yield { at: timestampMs, watermarkMs: timers.currentWatermarkMs() }
    // @ts-expect-error the buffer holds payments
    state.buffer.add('payment')
    // @ts-expect-error there is no such state
    state.none.clear()
    // @ts-expect-error without a key there are no timers
    timers.registerEventTimeTimer(1)
  },
  *endInput({ state }) {
    yield [...state.buffer.get()].length
  },
})
holds<Equal<typeof batches, DataStream<number | { at: number; watermarkMs: number }>>>()
const collected = payments.process({
  uid: 'collect',
  state: {},
  emits: type<string>(),
  processElement(payment, _, out) {
    out.collect(payment.currency)
    // @ts-expect-error emits strings
    out.collect(payment.amount)
  },
})
holds<Equal<typeof collected, DataStream<string>>>()
// @ts-expect-error keyed state needs a key
payments.process({ uid: 'keyed-state', state: { n: valueState<number>('n') }, processElement: () => {} })
// @ts-expect-error keyed state needs a key
payments.process({ uid: 'keyed-state', state: { l: listState<number>('l') }, processElement: () => {} })
// @ts-expect-error broadcast state comes with a broadcast stream
payments.process({ uid: 'b', state: { r: broadcastState<string, number>('r') }, processElement: () => {} })
// @ts-expect-error uid is required where there is state
payments.process({ state: {}, processElement: () => {} })

// A keyed stream takes keyed state, although it is a DataStream, too.
const keyed = payments.keyBy((payment) => payment.account)
holds<Equal<typeof keyed, KeyedStream<string, Payment>>>()
// @ts-expect-error operator state is for streams without keys
keyed.process({ uid: 'k', state: { l: operatorListState<number>('l') }, processElement: () => {} })

// Broadcast state: its descriptor carries the types.
const rates = broadcastState<string, number>('rates')
const limits = broadcastState<boolean, { readonly max: number }>('limits')
const broadcast = changes.broadcast(rates)
holds<Equal<typeof broadcast, BroadcastStream<Change, BroadcastStateDescriptor<string, number>>>>()
// @ts-expect-error at least one state
changes.broadcast()
// @ts-expect-error a list is no broadcast state
changes.broadcast(operatorListState<number>('l'))

// Beside a keyed stream: keyed state and timers, broadcast state to look into.
const converted = keyed.connect(broadcast).process({
  uid: 'convert',
  state: { count: valueState<number>('count') },
  messages: type<number>(),
  *processElement(payment, ctx) {
    holds<Equal<typeof payment, Payment>>()
    holds<Equal<typeof ctx.key, string>>()
    const state = ctx.broadcastState(rates)
    holds<Equal<typeof state, ReadOnlyBroadcastState<string, number>>>()
    ctx.timers.registerEventTimeTimer(1)
    ctx.continueLater(ctx.state.count.value() ?? 0)
    yield { converted: payment.amount * (state.get(payment.currency) ?? 1) }
    // @ts-expect-error only broadcast elements change broadcast state
    state.put('USD', 1)
    // @ts-expect-error only broadcast elements change broadcast state
    state.clear()
    // @ts-expect-error keys are strings
    state.get(1)
    // @ts-expect-error the stream is not broadcast with limits
    ctx.broadcastState(limits)
  },
  *processBroadcastElement(change, ctx) {
    holds<Equal<typeof change, Change>>()
    const state = ctx.broadcastState(rates)
    holds<Equal<typeof state, BroadcastState<string, number>>>()
    state.put(change.currency, change.rate)
    yield change.currency
    // @ts-expect-error rates are numbers
    state.put(change.currency, 'two')
    // @ts-expect-error no key is current
    ctx.state.count.clear()
    // @ts-expect-error no key is current
    void ctx.key
    // @ts-expect-error timers belong to keys
    ctx.timers.registerEventTimeTimer(1)
  },
  *onTimer(timestampMs, ctx) {
    yield ctx.broadcastState(rates).has('USD') && timestampMs > 0
    // @ts-expect-error only broadcast elements change broadcast state
    ctx.broadcastState(rates).remove('USD')
  },
})
holds<Equal<typeof converted, DataStream<string | boolean | { converted: number }>>>()

// Beside a stream without keys, with several states and operator state of its own.
const checked = payments.connect(changes.broadcast(rates, limits)).process({
  uid: 'check',
  state: { refused: operatorListState<Payment>('refused') },
  emits: type<Payment>(),
  processElement(payment, ctx, out) {
    const state = ctx.broadcastState(limits)
    holds<Equal<typeof state, ReadOnlyBroadcastState<boolean, { readonly max: number }>>>()
    if (payment.amount > (state.get(true)?.max ?? 0)) ctx.state.refused.add(payment)
    else out.collect(payment)
    // @ts-expect-error only broadcast elements change broadcast state
    ctx.broadcastState(rates).put('USD', 1)
  },
  processBroadcastElement(change, ctx) {
    ctx.broadcastState(rates).put(change.currency, change.rate)
    ctx.broadcastState(limits).put(true, { max: change.rate })
  },
  endInput(ctx, out) {
    for (const payment of ctx.state.refused.get()) out.collect(payment)
  },
})
holds<Equal<typeof checked, DataStream<Payment>>>()
// @ts-expect-error a broadcast stream only connects as the second
broadcast.connect(payments)
// @ts-expect-error a stream without keys connects to a broadcast stream only
payments.connect(changes)
