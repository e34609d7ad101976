// Type tests, checked by the compiler: what must not compile. Each expectation fails the build once it compiles.
import {
  type DataStream,
  defineJob,
  listState,
  outputTag,
  type Schema,
  type Sink,
  type Source,
  type StreamExecutionEnvironment,
  type,
  valueState,
} from '../index.js'

declare const env: StreamExecutionEnvironment
declare const a: Source<{ id: string; v: number; maybe: string | undefined; none: null; at: Date }>
declare const b: Source<{ ref: number; text: string }>
declare const sinkOfZ: Sink<{ z: string }>
declare const schema: Schema<{ root: string }>
declare const classSink: SinkOfNumbers
interface SinkOfNumbers {
  readonly kind: string
  readonly delivery: 'at-least-once'
  readonly config: null
  createWriter(): Promise<{
    write(value: number, timestampMs: number): void
    prepareCommit(): never[]
    pendingBytes(): number
    close(): Promise<void>
  }>
}
const sa = env.fromSource(a, { uid: 'a' })
const sb = env.fromSource(b, { uid: 'b' })
const keyed = sa.keyBy((x) => x.id)

// Keys of different types.
// @ts-expect-error key types differ: string and number
keyed.connect(sb.keyBy((x) => x.ref))
// @ts-expect-error key types differ: one is a part of the other
keyed.connect(sb.keyBy((x): string | number => x.ref))
// @ts-expect-error key types differ: a tuple and a string
keyed.connect(sb.keyBy((x) => [x.text]))
// @ts-expect-error only keyed streams connect
keyed.connect(sb)

// What is no key.
// @ts-expect-error the key may be undefined
sa.keyBy((x) => x.maybe)
// @ts-expect-error the key is null
sa.keyBy((x) => x.none)
// @ts-expect-error the field does not exist
sa.keyBy((x) => x.nope)
// @ts-expect-error an object is no key
sa.keyBy((x) => x.at)

// State handles.
keyed.process({
  uid: 'p',
  state: { n: valueState<number>('n'), l: listState<string>('l') },
  *processElement(x, { state }) {
    // @ts-expect-error state n holds numbers
    state.n.update('x')
    // @ts-expect-error state l holds strings
    state.l.add(1)
    // @ts-expect-error there is no such state
    state.nope.clear()
    yield x.id
  },
})
// @ts-expect-error uid is required where there is state
keyed.process({ state: {}, processElement: (x) => [x.id] })
// @ts-expect-error uid is required where there is state
keyed.reduce({ reduce: (x) => x })
// @ts-expect-error reduce keeps the record type
keyed.reduce({ uid: 'r', reduce: () => 1 })

// Messages.
keyed.process({
  uid: 'm',
  state: {},
  messages: type<{ go: number }>(),
  processElement(_, ctx) {
    // @ts-expect-error messages are { go }
    ctx.continueLater('go')
    // @ts-expect-error keys are strings
    ctx.sendToKey(1, { go: 1 })
  },
})
keyed.process({
  uid: 'silent',
  state: {},
  processElement(_, ctx) {
    // @ts-expect-error the function declares no messages
    ctx.continueLater({ go: 1 })
  },
})

// Collecting functions collect only what they declared.
keyed.process({
  uid: 'c',
  state: {},
  emits: type<{ total: number }>(),
  processElement(x, _, out) {
    // @ts-expect-error emits { total }
    out.collect({ total: x.id })
  },
})
const tag = outputTag<number>('numbers')
keyed.process({
  uid: 'o',
  state: {},
  processElement(x, ctx) {
    ctx.output(tag, x.v)
    // @ts-expect-error the side output carries numbers
    ctx.output(tag, x.id)
  },
})

// Sinks and sources.
// @ts-expect-error the sink wants another record type
sa.sinkTo(sinkOfZ, { uid: 'z' })
// @ts-expect-error the sink wants another record type, also where it is a class of its own
sa.sinkTo(classSink, { uid: 'n' })
// @ts-expect-error uid is required
sa.sinkTo(sinkOfZ)
// @ts-expect-error uid is required
env.fromSource(a, {})
// @ts-expect-error a stream has no window without a key
sa.window()
// @ts-expect-error streams are made by the environment only
export const forged: DataStream<string> = { map: () => forged }
// @ts-expect-error params are typed by their schema
defineJob({ name: 'p', params: schema }, (_, params) => params.nope)
// @ts-expect-error without a schema there are no params
defineJob({ name: 'p' }, (_, params) => params.root.length)

// Times to live.
valueState<number>('a', { ttl: { time: '7 days' } })
valueState<number>('a', { ttl: { time: 5, visibility: 'return-expired-if-not-cleaned-up' } })
listState<number>('a', { ttl: { time: '1.5h', updateType: 'on-read-and-write', timeDomain: 'event' } })
// @ts-expect-error there is no such unit
valueState<number>('a', { ttl: { time: '7 dayz' } })
// @ts-expect-error the time is missing
valueState<number>('a', { ttl: { updateType: 'on-read-and-write' } })
// @ts-expect-error there is no such update type
valueState<number>('a', { ttl: { time: 5, updateType: 'on-write' } })
