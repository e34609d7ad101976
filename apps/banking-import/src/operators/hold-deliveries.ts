/** Keeps the records of each delivery, partition by partition, until the delivery is complete. */
import {
  assert,
  type Collector,
  type KeyedCollectFunction,
  type KeyedContext,
  mapState,
  type,
  valueState,
} from 'streamcore'
import type { ImportRecord, InDelivery, PartialRecord } from '../model/import-record.js'
import type { OpenMessage } from './count-marks.js'
import { type HeldRecords, heldTag } from './held-event.js'

/** What is held of a delivery: records `head` to `tail`. */
export interface HeldDelivery {
  readonly isOpen: boolean
  readonly head: number
  readonly tail: number
}

interface ReportState {
  readonly isDue: boolean
  readonly hasTold: boolean
}

const holdState = {
  deliveries: mapState<number, HeldDelivery>('deliveries'),
  /** By `delivery index`. */
  records: mapState<string, ImportRecord | PartialRecord>('records'),
  /** Open deliveries that have not been handed over wholly, in the order in which they were opened. */
  passing: valueState<readonly number[]>('passing'),
  /** Whether a report is due, and whether the last one told of something. */
  report: valueState<ReportState>('report'),
}

interface ContinueMessage {
  readonly kind: 'continue'
}

type HoldContext = KeyedContext<string, typeof holdState, ContinueMessage>
type Out = Collector<ImportRecord | PartialRecord>

/** The operator, keyed by partition. */
export type HoldFunction = KeyedCollectFunction<
  string,
  InDelivery | OpenMessage,
  typeof holdState,
  ImportRecord | PartialRecord,
  ContinueMessage
>

const sliceSize = 1_000

/** Holds deliveries back; what is held longer than `reportAfterMs` is told. */
export function holdDeliveriesFunction(reportAfterMs: number): HoldFunction {
  return {
    uid: 'hold-deliveries',
    state: holdState,
    emits: type<ImportRecord | PartialRecord>(),
    messages: type<ContinueMessage>(),
    processElement: (message, ctx, out) => {
      const isHeld = message.kind === 'open' ? open(message.delivery, ctx, out) : take(message, ctx, out)
      if (isHeld) reportLater(reportAfterMs, ctx)
    },
    onMessage: (_, ctx, out) => pass(ctx, out),
    onTimer: (_, ctx) => report(ctx),
  }
}

const nothing: HeldDelivery = { isOpen: false, head: 0, tail: 0 }

// Whether the record is kept.
function take({ delivery, record }: InDelivery, ctx: HoldContext, out: Out): boolean {
  const { deliveries, records, passing } = ctx.state
  const held = deliveries.get(delivery) ?? nothing
  const isPassing = passing.value() !== undefined
  // While others pass it queues behind them: versions of a record stay in the order of their partition.
  if (held.isOpen && !isPassing) {
    out.collect(record)
    return false
  }
  records.put(`${delivery} ${held.tail}`, record)
  deliveries.put(delivery, { ...held, tail: held.tail + 1 })
  if (held.isOpen) letPass(delivery, ctx)
  return true
}

// Whether anything was kept.
function open(delivery: number, ctx: HoldContext, out: Out): boolean {
  const { deliveries, passing } = ctx.state
  const held = deliveries.get(delivery) ?? nothing
  if (held.isOpen) return false
  deliveries.put(delivery, { ...held, isOpen: true })
  if (held.tail === 0) return false
  const isPassing = passing.value() !== undefined
  letPass(delivery, ctx)
  if (!isPassing) pass(ctx, out)
  return true
}

function letPass(delivery: number, { state: { passing } }: HoldContext): void {
  const order = passing.value() ?? []
  if (!order.includes(delivery)) passing.update([...order, delivery])
}

// A large delivery passes in slices, so that barriers need not wait for all of it.
function pass(ctx: HoldContext, out: Out): void {
  const { deliveries, records, passing } = ctx.state
  const [delivery, ...others] = passing.value() ?? []
  if (delivery === undefined) return
  const { head, tail } = deliveries.get(delivery) ?? nothing
  const end = Math.min(tail, head + sliceSize)
  for (let index = head; index < end; index += 1) {
    const key = `${delivery} ${index}`
    const record = records.get(key)
    assert(record !== undefined, 'what is held is in the state')
    out.collect(record)
    records.remove(key)
  }
  if (end < tail) deliveries.put(delivery, { isOpen: true, head: end, tail })
  else {
    deliveries.put(delivery, { isOpen: true, head: 0, tail: 0 })
    if (others.length === 0) passing.clear()
    else passing.update(others)
  }
  if (end < tail || others.length > 0) ctx.continueLater({ kind: 'continue' })
}

function reportLater(afterMs: number, { state, timers }: HoldContext): void {
  const { isDue, hasTold } = state.report.value() ?? { isDue: false, hasTold: false }
  if (isDue) return
  state.report.update({ isDue: true, hasTold })
  timers.registerProcessingTimeTimer(timers.currentProcessingTimeMs() + afterMs)
}

function report(ctx: HoldContext): void {
  const held: HeldRecords[] = []
  for (const [delivery, { isOpen, head, tail }] of ctx.state.deliveries.entries()) {
    if (!isOpen && tail > head) held.push({ delivery, records: tail - head })
  }
  const hasTold = ctx.state.report.value()?.hasTold ?? false
  ctx.state.report.update({ isDue: false, hasTold: held.length > 0 })
  if (hasTold || held.length > 0) ctx.output(heldTag, { kind: 'held', lane: ctx.key, deliveries: held })
}
