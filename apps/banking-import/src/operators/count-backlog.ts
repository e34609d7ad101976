/** Counts what waits, per foreign key, and tells the meter. */
import { type KeyedCollectFunction, outputTag, type, valueState } from 'streamcore'
import type { BacklogMeter, Edge } from '../backlog/backlog-meter.js'

/** More or fewer versions wait by an edge. */
export interface BacklogChange {
  readonly edge: Edge
  readonly by: number
}

/** So many versions wait by an edge now. */
export interface BacklogCount {
  readonly edge: Edge
  readonly waiting: number
  /** Since when there has always been one; -1 when there is none. Nothing waits longer. */
  readonly sinceMs: number
}

/** Changes as a side output of resolve. */
export const backlogTag = outputTag<BacklogChange>('backlog')

const backlogState = { count: valueState<Omit<BacklogCount, 'edge'>>('count') }

/** The operator, keyed by edge. */
export type CountBacklogFunction = KeyedCollectFunction<
  Edge,
  BacklogChange,
  typeof backlogState,
  BacklogCount
>

/** Counts for a meter of this process. */
export function countBacklogFunction(meter: BacklogMeter): CountBacklogFunction {
  return {
    uid: 'count-backlog',
    state: backlogState,
    emits: type<BacklogCount>(),
    processElement: ({ edge, by }, { state, timers }, out) => {
      const before = state.count.value() ?? { waiting: 0, sinceMs: -1 }
      const waiting = before.waiting + by
      // An end may overtake the beginning on its way from another subtask.
      const sinceMs =
        waiting <= 0 ? -1 : before.sinceMs < 0 ? timers.currentProcessingTimeMs() : before.sinceMs
      if (waiting === 0) state.count.clear()
      else state.count.update({ waiting, sinceMs })
      meter.set(edge, waiting)
      out.collect({ edge, waiting, sinceMs })
    },
  }
}
