/** What is told of deliveries that are not complete yet. */
import { outputTag } from 'streamcore'

/** Records of one delivery that wait. */
export interface HeldRecords {
  readonly delivery: number
  readonly records: number
}

/** `held`: what waits in a partition, in place of what was told of it before; `marks`: in how many partitions a delivery is complete. */
export type HeldEvent =
  | { readonly kind: 'held'; readonly lane: string; readonly deliveries: readonly HeldRecords[] }
  | { readonly kind: 'marks'; readonly delivery: number; readonly read: number; readonly of: number }

/** These events as a side output. */
export const heldTag = outputTag<HeldEvent>('held')
