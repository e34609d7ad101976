// Type tests, checked by the compiler: types flow from the source's schema to the sink without casts or type arguments.
import {
  type DataStream,
  defineJob,
  type DeadLetter,
  forBoundedOutOfOrderness,
  type KeyedStream,
  listState,
  mapState,
  minutes,
  noWatermarks,
  outputTag,
  type RecordOf,
  reducingState,
  type Schema,
  type Sink,
  type Source,
  type StreamExecutionEnvironment,
  type,
  valueState,
} from '../index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only for `true`. */
declare function holds<_Claim extends true>(): void

interface Customer {
  readonly kind: 'customer'
  readonly id: string
  readonly name: string
}
interface Account {
  readonly kind: 'account'
  readonly iban: string
  readonly customerId: string
  readonly balance: number
}
declare const customerSchema: Schema<Customer>
declare const accountSchema: Schema<Account>
declare const logSource: <T>(options: { topic: string; schema: Schema<T> }) => Source<T>
declare const tableSink: <T>(options: { table: (value: T) => string }) => Sink<T>
declare const env: StreamExecutionEnvironment
const customers = env.fromSource(logSource({ topic: 'customer', schema: customerSchema }), {
  uid: 'customers',
})
const accounts = env.fromSource(logSource({ topic: 'account', schema: accountSchema }), { uid: 'accounts' })

// The job of the design: nothing is annotated between schema and sink.
defineJob({ name: 'banking-import' }, (jobEnv) => {
  const watermarks = noWatermarks()
  const first = jobEnv.fromSource(logSource({ topic: 'customer', schema: customerSchema }), {
    uid: 'c',
    watermarks,
  })
  const second = jobEnv.fromSource(logSource({ topic: 'account', schema: accountSchema }), {
    uid: 'a',
    watermarks,
  })
  first
    .keyBy((customer) => customer.id)
    .connect(second.keyBy((account) => account.customerId))
    .process({
      uid: 'await-customer',
      state: {
        preconditionSeen: valueState<boolean>('precondition-seen'),
        waiting: listState<Account>('waiting-dependents'),
      },
      *processElement1(customer, { state }) {
        yield customer
        state.preconditionSeen.update(true)
        yield* state.waiting.get()
        state.waiting.clear()
      },
      *processElement2(account, { state }) {
        if (state.preconditionSeen.value()) yield account
        else state.waiting.add(account)
      },
    })
    .sinkTo(tableSink({ table: (record) => record.kind }), { uid: 'ledger' })
})

// Params: typed by their schema; none by default.
declare const rootSchema: Schema<{ root: string }>
defineJob({ name: 'with-params', params: rootSchema }, (_, params) => {
  holds<Equal<typeof params, { root: string }>>()
})
defineJob({ name: 'without-params' }, (_, params) => {
  holds<Equal<typeof params, Readonly<Record<string, never>>>>()
})

// Sources: the extractor of the watermarks knows the record.
env.fromSource(logSource({ topic: 'account', schema: accountSchema }), {
  uid: 'timed',
  watermarks: forBoundedOutOfOrderness(minutes(1), (account) => account.balance),
})
holds<Equal<typeof customers, DataStream<Customer>>>()
const collected = env.fromCollection([{ id: 'a', count: 1 }])
holds<Equal<RecordOf<typeof collected>, { id: string; count: number }>>()

// Stateless operators.
const mapped = customers.map((customer) => ({ length: customer.name.length }))
holds<Equal<typeof mapped, DataStream<{ length: number }>>>()
const both = customers.union(accounts)
holds<Equal<typeof both, DataStream<Customer | Account>>>()
const narrowed = both.filter((record) => record.kind === 'account')
holds<Equal<typeof narrowed, DataStream<Account>>>()
const filtered = customers.filter((customer) => customer.name.length > 3)
holds<Equal<typeof filtered, DataStream<Customer>>>()
const words = customers.flatMap((customer) => customer.name.split(' '))
holds<Equal<typeof words, DataStream<string>>>()
const letters = env.deadLetters()
holds<Equal<typeof letters, DataStream<DeadLetter>>>()

// Keys: primitives and tuples.
const byId = customers.keyBy((customer) => customer.id)
holds<Equal<typeof byId, KeyedStream<string, Customer>>>()
const byTuple = accounts.keyBy((account) => [account.customerId, account.balance])
holds<Equal<typeof byTuple, KeyedStream<readonly [string, number], Account>>>()

// The output of a yielding function is the union of what its methods yield.
const processed = byId.process({
  uid: 'all-methods',
  state: { count: valueState<number>('count') },
  messages: type<{ again: boolean }>(),
  *processElement(customer, ctx) {
    holds<Equal<typeof ctx.key, string>>()
    holds<Equal<typeof customer, Customer>>()
    ctx.timers.registerEventTimeTimer(ctx.timestampMs + 1)
    ctx.continueLater({ again: true })
    yield { key: ctx.key, name: customer.name }
  },
  *onTimer(timestampMs, { state }) {
    yield { late: timestampMs, count: state.count.value() }
  },
  *onMessage(message) {
    holds<Equal<typeof message, { again: boolean }>>()
    yield message.again
  },
})
holds<
  Equal<
    RecordOf<typeof processed>,
    { key: string; name: string } | { late: number; count: number | undefined } | boolean
  >
>()

// Methods that give back an array, or nothing.
const returned = byId.process({
  uid: 'returns',
  state: {},
  processElement: (customer) => [customer.name],
})
holds<Equal<typeof returned, DataStream<string>>>()
const connected = byId.connect(byId).process({
  uid: 'one-sided',
  state: { seen: valueState<boolean>('seen') },
  processElement1(_, { state }) {
    state.seen.update(true)
  },
  *processElement2(_, { key }) {
    yield { type: 'reorder' as const, key }
  },
})
holds<Equal<typeof connected, DataStream<{ type: 'reorder'; key: string }>>>()

// Collecting functions.
interface Row {
  readonly id: string
  readonly total: number
}
const rows = byId.process({
  uid: 'collects',
  state: { total: reducingState<number>('total', (a, b) => a + b), seen: mapState<string, number>('seen') },
  emits: type<Row>(),
  processElement(customer, { state }, out) {
    state.total.add(1)
    state.seen.put(customer.name, 1)
    out.collect({ id: customer.id, total: state.total.get() ?? 0 })
  },
  onTimer(_, { key }, out) {
    out.collect({ id: key, total: 0 })
  },
})
holds<Equal<typeof rows, DataStream<Row>>>()
const coRows = byId.connect(accounts.keyBy((account) => account.customerId)).process({
  uid: 'co-collects',
  state: {},
  emits: type<Row>(),
  messages: type<number>(),
  processElement1(customer, { continueLater }, out) {
    continueLater(1)
    out.collect({ id: customer.id, total: 0 })
  },
  processElement2(account, { key }, out) {
    out.collect({ id: key, total: account.balance })
  },
  onMessage(message, { key }, out) {
    out.collect({ id: key, total: message })
  },
})
holds<Equal<typeof coRows, DataStream<Row>>>()

// Side outputs and reduce.
const late = outputTag<{ lateBy: number }>('late')
const lateStream = processed.getSideOutput(late)
holds<Equal<typeof lateStream, DataStream<{ lateBy: number }>>>()
const reduced = accounts
  .keyBy((account) => account.iban)
  .reduce({ uid: 'richest', reduce: (a, b) => (a.balance > b.balance ? a : b) })
holds<Equal<typeof reduced, DataStream<Account>>>()

// A sink of a wider record takes a narrower one.
declare const anyRecord: Sink<Customer | Account>
customers.sinkTo(anyRecord, { uid: 'wider' })
