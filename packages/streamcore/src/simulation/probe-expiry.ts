/** State that expires in the probe job: what a key remembers of its records lives for so long in event time. */
import type { KeyedProcessFunction } from '../contracts/functions/process-function.js'
import {
  listState,
  mapState,
  reducingState,
  type StateDescriptor,
  valueState,
} from '../contracts/state/state-descriptors.js'
import type { ListState, MapState, ReducingState, ValueState } from '../contracts/state/state-handles.js'
import type { StateTtlConfig } from '../contracts/state/state-ttl.js'
import type { ProbeRecord } from './probe-meeting.js'

/** Longer than the usual gap between two records of a key, and shorter than the longest. */
const lifeMs = 40
const ttl: StateTtlConfig = { time: lifeMs, timeDomain: 'event' }

type Memory = Readonly<{
  last: StateDescriptor<ValueState<number>>
  recent: StateDescriptor<ListState<number>>
  run: StateDescriptor<MapState<number, boolean>>
  count: StateDescriptor<ReducingState<number>>
}>

/** Emits what it remembers of a key, by each kind of state, and remembers the record. */
export const remember: KeyedProcessFunction<number, ProbeRecord, Memory, string> = {
  uid: 'remember',
  state: {
    last: valueState('last', { ttl }),
    recent: listState('recent', { ttl }),
    run: mapState('run', { ttl: { ...ttl, updateType: 'on-read-and-write' } }),
    count: reducingState<number>('count', (a, b) => a + b, { ttl }),
  },
  *processElement({ seq }, { key, state }) {
    const [last, recent, run] = [state.last.value(), [...state.recent.get()], [...state.run.keys()]]
    yield memoryText({ key, seq, last, recent, run, count: state.count.get() })
    state.last.update(seq)
    state.recent.add(seq)
    state.run.put(seq, true)
    state.count.add(1)
  },
}

/** What {@link remember} emits for these records, in any order. */
export function expectedMemories(records: readonly ProbeRecord[]): readonly string[] {
  return records.map(({ key, seq, timestampMs }, index) => {
    const before = records.slice(0, index).filter((record) => record.key === key)
    const recent = before.filter((record) => record.timestampMs + lifeMs > timestampMs)
    // A run goes on as long as each of its records came in time for the next; all of it is read each time.
    const gap = before.findLastIndex(
      (record, at) => (before[at + 1]?.timestampMs ?? timestampMs) - record.timestampMs >= lifeMs,
    )
    const run = before.slice(gap + 1)
    return memoryText({
      key,
      seq,
      last: recent.at(-1)?.seq,
      recent: recent.map((record) => record.seq),
      run: run.map((record) => record.seq),
      count: run.length === 0 ? undefined : run.length,
    })
  })
}

function memoryText(memory: {
  readonly key: number
  readonly seq: number
  readonly last: number | undefined
  readonly recent: readonly number[]
  readonly run: readonly number[]
  readonly count: number | undefined
}): string {
  const { key, seq, last, recent, run, count } = memory
  return `r${key}#${seq}: ${last} [${recent.join()}] {${run.join()}} ${count}`
}
