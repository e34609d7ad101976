/** State without keys in the probe job: a list that is dealt out, a union that follows its splits, a broadcast map with equal copies. */
import type {
  KeyedBroadcastProcessFunction,
  ProcessFunction,
} from '../contracts/functions/unkeyed-function.js'
import {
  type BroadcastStateDescriptor,
  broadcastState,
  operatorListState,
  type OperatorStateDescriptor,
  unionListState,
} from '../contracts/state/operator-state.js'
import type { ListState } from '../contracts/state/state-handles.js'
import type { ProbeRecord } from './probe-meeting.js'

const batchLength = 3
/** No record is as late: the timer fires when both inputs have ended. */
const afterAllMs = 1_000_000_000

type Batches = Readonly<{
  buffer: OperatorStateDescriptor<ListState<string>>
  latest: OperatorStateDescriptor<ListState<ProbeRecord>>
}>

/**
 * Emits children in batches, and for each the one before it of its key. A split may go to another subtask when the job is
 * rescaled, so that one must know where the split's former reader stood.
 */
export const batch: ProcessFunction<ProbeRecord, Batches, string, string> = {
  uid: 'batch',
  state: { buffer: operatorListState('buffer'), latest: unionListState('latest') },
  *processElement(child, { state }) {
    const latest = latestByKey(state.latest.get())
    yield `u${child.key}=${child.seq}<${latest.get(child.key)?.seq ?? -1}`
    state.latest.update(latest.set(child.key, child).values())
    state.buffer.add(`b${child.key}=${child.seq}`)
    const buffered = [...state.buffer.get()]
    if (buffered.length < batchLength) return
    yield* buffered
    state.buffer.clear()
  },
  *endInput({ state }) {
    yield* state.buffer.get()
    state.buffer.clear()
  },
}

/** Every subtask brings what it knew of all keys: of each key the furthest counts. */
function latestByKey(records: Iterable<ProbeRecord>): Map<number, ProbeRecord> {
  const latest = new Map<number, ProbeRecord>()
  for (const record of records) {
    if (record.seq >= (latest.get(record.key)?.seq ?? 0)) latest.set(record.key, record)
  }
  return latest
}

/** How many parents each key has, in every subtask. */
export const parentCounts: BroadcastStateDescriptor<number, number> = broadcastState('parent-counts')

/** Counts all parents in every subtask, and tells the counts for each key of a child when everything has been read. */
export const countParents: KeyedBroadcastProcessFunction<
  number,
  ProbeRecord,
  ProbeRecord,
  Readonly<Record<never, never>>,
  BroadcastStateDescriptor<number, number>,
  never,
  never,
  string
> = {
  uid: 'count-parents',
  state: {},
  processElement: (_, { timers }) => timers.registerEventTimeTimer(afterAllMs),
  processBroadcastElement: (parent, ctx) => {
    const counts = ctx.broadcastState(parentCounts)
    counts.put(parent.key, (counts.get(parent.key) ?? 0) + 1)
  },
  *onTimer(_, ctx) {
    yield countsText(ctx.key, ctx.broadcastState(parentCounts).entries())
  },
}

function countsText(key: number, entries: Iterable<readonly [number, number]>): string {
  const sorted = [...entries].sort(([a], [b]) => a - b)
  return `z${key}=${sorted.map(([parent, count]) => `${parent}:${count}`).join(',')}`
}

/** What {@link batch} and {@link countParents} have to emit, each exactly once. */
export function expectedWithoutKeys(
  parents: readonly ProbeRecord[],
  children: readonly ProbeRecord[],
): readonly string[] {
  const counts = new Map<number, number>()
  for (const { key } of parents) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [
    ...children.flatMap(({ key, seq }) => [`b${key}=${seq}`, `u${key}=${seq}<${seq - 1}`]),
    ...[...new Set(children.map(({ key }) => key))].map((key) => countsText(key, counts)),
  ]
}
