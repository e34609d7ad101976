/** Counts the marks of each delivery, and opens it for all partitions when the last one has been read. */
import {
  type Collector,
  type KeyedCollectFunction,
  type KeyedContext,
  mapState,
  type,
  valueState,
} from 'streamcore'
import type { DeliveryMark } from '../model/import-record.js'
import { heldTag } from './held-event.js'

/** A delivery may be handed over in a partition. */
export interface OpenMessage {
  readonly kind: 'open'
  readonly delivery: number
  readonly lane: string
}

/** How far a delivery is. */
export interface MarkCount {
  readonly read: number
  readonly of: number
}

const marksState = {
  counts: mapState<number, MarkCount>('counts'),
  /** `delivery lane` of all marks read. */
  marks: mapState<string, boolean>('marks'),
  lanes: valueState<readonly string[]>('lanes'),
}

type MarksContext = KeyedContext<string, typeof marksState>

/** The operator. */
export type CountMarksFunction = KeyedCollectFunction<string, DeliveryMark, typeof marksState, OpenMessage>

/**
 * All marks go to one key. In each partition an earlier delivery's mark comes first, so the earlier delivery is complete
 * first, too, and every partition is told so in that order.
 */
export const marksKey = 'marks'

/** Counts marks. */
export function countMarksFunction(): CountMarksFunction {
  return {
    uid: 'count-marks',
    state: marksState,
    emits: type<OpenMessage>(),
    processElement: countMark,
  }
}

function countMark(
  { delivery, lane, of }: DeliveryMark,
  ctx: MarksContext,
  out: Collector<OpenMessage>,
): void {
  const { counts, marks, lanes } = ctx.state
  const mark = `${delivery} ${lane}`
  // A delivery that broke off and was produced again has some marks twice.
  if (marks.has(mark)) return
  const before = counts.get(delivery) ?? { read: 0, of }
  const wasComplete = before.read >= before.of
  const count = { read: before.read + 1, of: wasComplete ? before.of : Math.max(before.of, of) }
  const known = lanes.value() ?? []
  const all = known.includes(lane) ? known : [...known, lane]
  if (all !== known) lanes.update(all)
  counts.put(delivery, count)
  marks.put(mark, true)
  ctx.output(heldTag, { kind: 'marks', delivery, read: count.read, of: count.of })
  if (wasComplete) out.collect({ kind: 'open', delivery, lane })
  else if (count.read >= count.of) for (const each of all) out.collect({ kind: 'open', delivery, lane: each })
}
