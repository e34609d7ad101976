/** The heart of the probe job: a two-input function that uses every kind of state, timers, messages and side outputs. */
import { type OutputTag, outputTag } from '../contracts/functions/output-tag.js'
import type { KeyedCoCollectFunction } from '../contracts/functions/process-function.js'
import { type } from '../contracts/schema.js'
import {
  listState,
  mapState,
  reducingState,
  type StateDescriptor,
  valueState,
} from '../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../contracts/state/state-handles.js'

/** What the job reads. */
export interface ProbeRecord {
  readonly key: number
  /** Counts the records of a key within its topic, from 0. */
  readonly seq: number
  readonly timestampMs: number
}

/** How long after a parent its timer fires. */
export const timerDelayMs = 25
/** Messages each parent sends to itself. */
export const messagesPerParent = 8
/** One record per timer. */
export const alarms: OutputTag<string> = outputTag('alarms')
/** The number of each child within its key. */
export const counts: OutputTag<string> = outputTag('counts')

type MeetingState = Readonly<{
  seen: StateDescriptor<ValueState<boolean>>
  waiting: StateDescriptor<ListState<ProbeRecord>>
  perTopic: StateDescriptor<MapState<string, number>>
  sum: StateDescriptor<ReducingState<number>>
}>

/** Parents and children of one key: children wait for their first parent. */
export const meet: KeyedCoCollectFunction<number, ProbeRecord, ProbeRecord, MeetingState, string, number> = {
  uid: 'meet',
  state: {
    seen: valueState('seen'),
    waiting: listState('waiting'),
    perTopic: mapState('per-topic'),
    sum: reducingState<number>('sum', (a, b) => a + b),
  },
  emits: type<string>(),
  messages: type<number>(),
  processElement1: (parent, ctx, out) => {
    out.collect(`p${parent.key}#${parent.seq}`)
    ctx.state.sum.add(1)
    ctx.state.perTopic.put('parents', (ctx.state.perTopic.get('parents') ?? 0) + 1)
    if (!ctx.state.seen.value()) {
      ctx.state.seen.update(true)
      for (const child of ctx.state.waiting.get()) out.collect(`c${child.key}#${child.seq}`)
      ctx.state.waiting.clear()
    }
    ctx.timers.registerEventTimeTimer(parent.timestampMs + timerDelayMs)
    ctx.continueLater(messagesPerParent)
  },
  processElement2: (child, ctx, out) => {
    ctx.state.sum.add(1)
    const count = (ctx.state.perTopic.get('children') ?? 0) + 1
    ctx.state.perTopic.put('children', count)
    // The map's count per child is checked: a lost or doubled change of the map shows.
    ctx.output(counts, `n${ctx.key}=${count}`)
    if (ctx.state.seen.value()) out.collect(`c${child.key}#${child.seq}`)
    else ctx.state.waiting.add(child)
  },
  onTimer: (timestampMs, ctx, out) => {
    out.collect(`t${ctx.key}@${timestampMs}`)
    ctx.output(alarms, `a${ctx.key}@${timestampMs}`)
  },
  onMessage: (left, ctx, out) => {
    out.collect(`m${ctx.key}`)
    if (left > 1) ctx.continueLater(left - 1)
  },
}
