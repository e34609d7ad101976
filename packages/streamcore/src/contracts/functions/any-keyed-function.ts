/** Keyed functions with their types erased. */
import type { Key } from '../key.js'
import type { Collector, KeyedContext } from './process-context.js'
import type { TypeTag } from '../schema.js'
import type { AnyBroadcastStateDescriptor } from '../state/operator-state.js'
import type { StateDescriptors } from '../state/state-descriptors.js'
import type { BroadcastElementContext } from './unkeyed-context.js'

/** The context of a function whose types are erased. */
export type AnyKeyedContext = KeyedContext<Key, StateDescriptors, unknown>

/** A keyed function of any style (method signatures, so that every user function fits without a cast). */
export interface AnyKeyedFunction {
  readonly uid: string
  readonly state: StateDescriptors
  readonly sendsToKeys?: boolean
  readonly emits?: TypeTag<unknown>
  processElement?(value: unknown, ctx: AnyKeyedContext, out: Collector<unknown>): Iterable<unknown> | void
  processElement1?(value: unknown, ctx: AnyKeyedContext, out: Collector<unknown>): Iterable<unknown> | void
  processElement2?(value: unknown, ctx: AnyKeyedContext, out: Collector<unknown>): Iterable<unknown> | void
  processBroadcastElement?(
    value: unknown,
    ctx: BroadcastElementContext<AnyBroadcastStateDescriptor>,
    out: Collector<unknown>,
  ): Iterable<unknown> | void
  onTimer?(timestampMs: number, ctx: AnyKeyedContext, out: Collector<unknown>): Iterable<unknown> | void
  onMessage?(message: unknown, ctx: AnyKeyedContext, out: Collector<unknown>): Iterable<unknown> | void
}

/** Key selector of one input, type erased. */
export interface KeySelector {
  select(value: unknown): Key
  /** Source text of the selector, for advice in messages. */
  readonly text?: string
}
