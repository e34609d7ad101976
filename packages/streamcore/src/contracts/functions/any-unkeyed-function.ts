/** Functions without a key with their types erased. */
import type { TypeTag } from '../schema.js'
import type { AnyBroadcastStateDescriptor, OperatorStateDescriptors } from '../state/operator-state.js'
import type { Collector } from './process-context.js'
import type { WritableProcessContext } from './unkeyed-context.js'

/** The context of an element without a key whose types are erased; which calls may write, the state itself knows. */
export type AnyProcessContext = WritableProcessContext<OperatorStateDescriptors, AnyBroadcastStateDescriptor>

/** A function without a key of any style (method signatures, so that every user function fits without a cast). */
export interface AnyProcessFunction {
  readonly uid: string
  readonly state: OperatorStateDescriptors
  readonly emits?: TypeTag<unknown>
  processElement(value: unknown, ctx: AnyProcessContext, out: Collector<unknown>): Iterable<unknown> | void
  processBroadcastElement?(
    value: unknown,
    ctx: AnyProcessContext,
    out: Collector<unknown>,
  ): Iterable<unknown> | void
  endInput?(ctx: AnyProcessContext, out: Collector<unknown>): Iterable<unknown> | void
}
