/** Descriptors of operator state: state of a subtask without a key, and broadcast state, of which every subtask has a copy. */
import type { MapKey } from '../key.js'
import { assertMigrations } from './assert-migrations.js'
import type { StateDescription, StateMigrations } from './state-descriptors.js'
import type { ListState, MapState } from './state-handles.js'

/**
 * How operator state is dealt out at a restore.
 * - `split-list`: the elements of all subtasks are dealt out evenly; at an unchanged parallelism each subtask gets its own
 * - `union-list`: every subtask gets the elements of all
 * - `broadcast`: all subtasks hold the same map; one copy is stored, and every subtask gets it
 */
export type OperatorStateKind = 'split-list' | 'union-list' | 'broadcast'

/** The plain part of a descriptor: it stands in checkpoints and is compared at restore. */
export interface OperatorStateDescription {
  readonly name: string
  readonly kind: OperatorStateKind
  /** Schema version of the values; raise it together with a migration. */
  readonly version: number
  /** Operator state lives for ever. */
  readonly ttl?: undefined
}

/** Any state that an operator declares and a checkpoint holds. */
export type DeclaredStateDescription = StateDescription | OperatorStateDescription

/** A description as it is bound: with the steps that a restore may need. */
export interface BoundOperatorState extends OperatorStateDescription {
  readonly migrate?: StateMigrations
}

/** A map of which every subtask has a copy, as those see it that must not change it: the copies would differ. */
export type ReadOnlyBroadcastState<MK, MV> = Pick<
  MapState<MK, MV>,
  'get' | 'has' | 'entries' | 'keys' | 'isEmpty'
>

/** A map of which every subtask has a copy. Only what every subtask sees may change it: the broadcast elements. */
export interface BroadcastState<MK, MV> extends MapState<MK, MV> {}

/** What holds operator state, as descriptors see it. */
export interface OperatorStateBinder {
  listState<T>(state: BoundOperatorState): ListState<T>
  broadcastState<MK extends MapKey, MV>(state: BoundOperatorState): BroadcastState<MK, MV>
}

/** A named piece of operator state. */
export interface OperatorStateDescriptor<Handle> extends BoundOperatorState {
  readonly kind: 'split-list' | 'union-list'
  bind(binder: OperatorStateBinder): Handle
}

/** A named map that `stream.broadcast(descriptor)` keeps in every subtask. */
export interface BroadcastStateDescriptor<MK extends MapKey, MV> extends BoundOperatorState {
  readonly kind: 'broadcast'
  bind(binder: OperatorStateBinder): BroadcastState<MK, MV>
}

/** A broadcast state whose types are erased. */
export type AnyBroadcastStateDescriptor = BroadcastStateDescriptor<MapKey, unknown>

/** The operator states of one function by the name it uses. */
export type OperatorStateDescriptors = Readonly<Record<string, OperatorStateDescriptor<unknown>>>

/** The handles that belong to {@link OperatorStateDescriptors}. */
export type OperatorStateHandles<D extends OperatorStateDescriptors> = {
  readonly [P in keyof D]: D[P] extends OperatorStateDescriptor<infer Handle> ? Handle : never
}

/** Options of operator state. A list is migrated element by element, a broadcast state value by value. */
export interface OperatorStateOptions {
  /** 1 unless told. */
  readonly version?: number
  /** One step for each older version that may stand in a checkpoint. */
  readonly migrate?: StateMigrations
}

/**
 * A list per subtask; when the parallelism changes its elements are dealt out evenly among the new subtasks. So after a restore
 * a list may hold more elements than the function ever leaves in one.
 */
export function operatorListState<T>(
  name: string,
  options: OperatorStateOptions = {},
): OperatorStateDescriptor<ListState<T>> {
  return listOf<T, 'split-list'>(describe(name, 'split-list', options))
}

/** A list per subtask; after every restore each subtask holds the elements of all. */
export function unionListState<T>(
  name: string,
  options: OperatorStateOptions = {},
): OperatorStateDescriptor<ListState<T>> {
  return listOf<T, 'union-list'>(describe(name, 'union-list', options))
}

/** A map of which every subtask holds a copy: `const rules = broadcastState<string, Rule>('rules')`. */
export function broadcastState<MK extends MapKey, MV>(
  name: string,
  options: OperatorStateOptions = {},
): BroadcastStateDescriptor<MK, MV> {
  const state = describe(name, 'broadcast', options)
  return Object.freeze({
    ...state,
    bind: (binder: OperatorStateBinder) => binder.broadcastState<MK, MV>(state),
  })
}

/** Whether a kind is one of operator state. */
export function isOperatorState(state: DeclaredStateDescription): state is OperatorStateDescription {
  return state.kind === 'split-list' || state.kind === 'union-list' || state.kind === 'broadcast'
}

function listOf<T, KIND extends 'split-list' | 'union-list'>(
  state: BoundOperatorState & { readonly kind: KIND },
): OperatorStateDescriptor<ListState<T>> {
  return Object.freeze({ ...state, bind: (binder: OperatorStateBinder) => binder.listState<T>(state) })
}

function describe<KIND extends OperatorStateKind>(
  name: string,
  kind: KIND,
  { version = 1, migrate }: OperatorStateOptions,
): BoundOperatorState & { readonly kind: KIND } {
  assertMigrations(name, version, migrate)
  return Object.freeze(migrate === undefined ? { name, kind, version } : { name, kind, version, migrate })
}
