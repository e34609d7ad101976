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
}

/** Changes as a side output of resolve. */
export const backlogTag = outputTag<BacklogChange>('backlog')

const backlogState = { waiting: valueState<number>('waiting') }

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
    processElement: ({ edge, by }, { state }, out) => {
      const waiting = (state.waiting.value() ?? 0) + by
      if (waiting === 0) state.waiting.clear()
      else state.waiting.update(waiting)
      meter.set(edge, waiting)
      out.collect({ edge, waiting })
    },
  }
}
