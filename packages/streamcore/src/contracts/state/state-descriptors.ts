/** Descriptors name a piece of keyed state and bind it to whatever backend runs the job (double dispatch, so no casts). */
import type { MapKey } from '../key.js'
import { assertMigrations } from './assert-migrations.js'
import type { ListState, MapState, ReducingState, ValueState } from './state-handles.js'
import { type StateTtl, type StateTtlConfig, stateTtl, storedTtl } from './state-ttl.js'
import type { TimeDomain } from './time-domain.js'

/** The kinds of keyed state. */
export type StateKind = 'value' | 'list' | 'map' | 'reducing'

/** What a backend offers to descriptors while an operator opens; slots are numbered in order of binding. */
export interface StateBinder {
  valueState<T>(descriptor: BoundState): ValueState<T>
  listState<T>(descriptor: BoundState): ListState<T>
  mapState<MK extends MapKey, MV>(descriptor: BoundState): MapState<MK, MV>
  reducingState<T>(descriptor: BoundState, reduce: (accumulator: T, value: T) => T): ReducingState<T>
}

/** The plain part of a descriptor: it stands in checkpoints and is compared at restore. */
export interface StateDescription {
  readonly name: string
  readonly kind: StateKind
  /** Schema version of the values; raise it together with a migration. */
  readonly version: number
  /** How long its values live; they are then stored with the time of their last use. Undefined: for ever. */
  readonly ttl?: StateTtl
}

/** A named piece of keyed state. */
export interface StateDescriptor<Handle> extends StateDescription {
  /** How it comes from older versions. */
  readonly migrate?: StateMigrations
  bind(binder: StateBinder): Handle
}

/**
 * Steps from older schema versions: `{ 1: (old: V1): V2 => … }` leads from version 1 to 2. A list is migrated element by
 * element, a map value by value, a reducing state by its accumulator.
 */
export type StateMigrations = Readonly<Record<number, (old: never) => unknown>>

/** A description as it is bound: with what a backend needs at restore. */
export interface BoundState extends StateDescription {
  readonly migrate?: StateMigrations
  /** The time, for what has expired; undefined for whoever takes stored values as they are. */
  readonly nowMs?: (domain: TimeDomain) => number
}

/** Options common to all descriptors. */
export interface StateOptions {
  /** 1 unless told. */
  readonly version?: number
  /** One step for each older version that may stand in a checkpoint. */
  readonly migrate?: StateMigrations
  /** How long values live after their last use: `{ time: '7 days' }`. For ever where nothing is said. */
  readonly ttl?: StateTtlConfig
}

/** One value per key. */
export function valueState<T>(name: string, options: StateOptions = {}): StateDescriptor<ValueState<T>> {
  const description = describe(name, 'value', options)
  return Object.freeze({ ...description, bind: (binder: StateBinder) => binder.valueState<T>(description) })
}

/** A list per key. */
export function listState<T>(name: string, options: StateOptions = {}): StateDescriptor<ListState<T>> {
  const description = describe(name, 'list', options)
  return Object.freeze({ ...description, bind: (binder: StateBinder) => binder.listState<T>(description) })
}

/** A map per key; map keys are strings, numbers, bigints or booleans. */
export function mapState<MK extends MapKey, MV>(
  name: string,
  options: StateOptions = {},
): StateDescriptor<MapState<MK, MV>> {
  const description = describe(name, 'map', options)
  return Object.freeze({
    ...description,
    bind: (binder: StateBinder) => binder.mapState<MK, MV>(description),
  })
}

/** A folded value per key. */
export function reducingState<T>(
  name: string,
  reduce: (accumulator: T, value: T) => T,
  options: StateOptions = {},
): StateDescriptor<ReducingState<T>> {
  const description = describe(name, 'reducing', options)
  return Object.freeze({
    ...description,
    bind: (binder: StateBinder) => binder.reducingState<T>(description, reduce),
  })
}

/** The descriptors of one operator by the name its functions use. */
export type StateDescriptors = Readonly<Record<string, StateDescriptor<unknown>>>

/** The handles that belong to {@link StateDescriptors}. */
export type StateHandles<D extends StateDescriptors> = {
  readonly [P in keyof D]: D[P] extends StateDescriptor<infer Handle> ? Handle : never
}

function describe(name: string, kind: StateKind, options: StateOptions): BoundState {
  const { version = 1, migrate, ttl } = options
  assertMigrations(name, version, migrate)
  return Object.freeze({
    name,
    kind,
    version,
    ...(migrate === undefined ? {} : { migrate }),
    ...(ttl === undefined ? {} : { ttl: stateTtl(name, ttl) }),
  })
}

/** The part of a description that stands in plans and checkpoints. */
export function plainDescription({ name, kind, version, ttl }: StateDescription): StateDescription {
  if (ttl === undefined) return Object.freeze({ name, kind, version })
  return Object.freeze({ name, kind, version, ttl: storedTtl(ttl) })
}
