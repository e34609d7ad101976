/** What resolve keeps for a key: a few numbers for every record, and more only while something waits. */
import { type KeyedContext, listState, mapState, type Row, valueState } from 'streamcore'
import type { RecordKey } from '../model/record-key.js'
import type { Hold, MissingReason, ResolveMessage } from './messages.js'
import { type Entry, noEntry, type PackedEntry, packedEntry, unpackedEntry } from './entry.js'

/** What a parent has said to a question so far. */
export type Answer = 'none' | MissingReason | 'full' | 'granted'

/** A reference of a waiting version and what its parent has said. */
export interface Ask {
  readonly field: number
  readonly parent: RecordKey
  readonly answer: Answer
  /** Of the grant; -1 before. */
  readonly incarnation: number
}

/** A version that has arrived and is not released. */
export interface WaitingVersion {
  readonly version: number
  /** Names its questions. */
  readonly since: number
  readonly row: Row
  readonly asks: readonly Ask[]
  readonly place: string
  readonly inTarget: boolean
  /** When a parent first said that it is missing; -1 before. */
  readonly sinceMs: number
  /** What the waiting table was told. */
  readonly reported: 'nothing' | 'waiting' | 'overdue'
}

/** An answer that has overtaken the version that asked. */
export interface EarlyAnswer extends Ask {
  readonly since: number
}

/** A child's question that waits for this record. */
export interface Waiter {
  readonly child: RecordKey
  readonly field: number
  readonly since: number
}

/** The range of {@link Waiter} indexes in use; those below `told` know that this record is deleted. */
export interface Backlog {
  readonly head: number
  readonly tail: number
  readonly told: number
}

/** The states of a resolve operator. */
export const resolveState = {
  entry: valueState<PackedEntry>('entry', { version: 2, migrate: { 1: (old: Entry) => packedEntry(old) } }),
  /** Grants given under the entry's incarnation. */
  grants: valueState<number>('grants'),
  queue: valueState<readonly WaitingVersion[]>('queue'),
  early: listState<EarlyAnswer>('early'),
  backlog: valueState<Backlog>('backlog'),
  waiters: mapState<number, Waiter>('waiters'),
}

/** The context of a resolve operator. */
export type ResolveContext = KeyedContext<RecordKey, typeof resolveState, ResolveMessage>

/** What is kept of the current record. */
export function entryOf({ state }: ResolveContext): Entry {
  const packed = state.entry.value()
  return packed === undefined ? noEntry : unpackedEntry(packed)
}

/** Keeps it. */
export function keepEntry({ state }: ResolveContext, entry: Entry): void {
  state.entry.update(packedEntry(entry))
}

/**
 * The first version that may go: all its parents are granted, and every version before it waits for a deleted parent, which
 * nobody will ever satisfy (in a cycle: for any parent). -1 when none may go.
 */
export function firstReleasable(queue: readonly WaitingVersion[], isCyclic: boolean): number {
  for (let index = 0; index < queue.length; index += 1) {
    const asks = queue[index]?.asks ?? []
    if (asks.every(({ answer }) => answer === 'granted')) return index
    if (!isCyclic && !asks.some(({ answer }) => answer === 'deleted')) return -1
  }
  return -1
}

/** The holds among a version's references. */
export function holdsOf(asks: readonly Ask[]): readonly Hold[] {
  return asks.flatMap(({ answer, parent, incarnation }) =>
    answer === 'granted' ? [{ parent, incarnation }] : [],
  )
}

/** Whether an answer belongs to a reference. The parent is compared because a wrong delivery may repeat a version with another one. */
export function answers(message: { readonly field: number; readonly parent: RecordKey }, ask: Ask): boolean {
  return message.field === ask.field && message.parent === ask.parent
}

/** Whether a parent's word counts. A repeated delivery asks again and may hear that the list is full; the first question stands on it. */
export function mayBecome(word: MissingReason | 'full', answer: Answer): boolean {
  return answer !== 'granted' && (word !== 'full' || answer === 'none')
}
