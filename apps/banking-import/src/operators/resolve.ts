/** Holds each version back until everything it refers to is there, and answers those who refer to it. */
import {
  assert,
  type Collector,
  type KeyedCollectFunction,
  type RowChange,
  type Row,
  type,
  unreachable,
} from 'streamcore'
import { type EntityNode, type ModelGraph, nodeOfKey, type Stage } from '../model/model-graph.js'
import { entityOfKey, type RecordKey } from '../model/record-key.js'
import { auditTag, type Fate } from './audit-event.js'
import type {
  DeleteMessage,
  GateMessage,
  GrantMessage,
  Hold,
  MissingMessage,
  ResolveMessage,
  UpsertMessage,
} from './messages.js'
import { sinceOf } from './ask.js'
import { type Entry, Presence } from './entry.js'
import { givenUpAfter, isNewAttempt, withAttempt, withGivenUp } from './given-up.js'
import { overdueLetter, type OverdueReason, overdueTag } from './overdue-letter.js'
import { ParentSide } from './resolve-parent.js'
import {
  answers,
  type EarlyAnswer,
  entryOf,
  firstReleasable,
  holdsOf,
  keepEntry,
  mayBecome,
  type ResolveContext,
  resolveState,
  type WaitingVersion,
} from './resolve-state.js'
import { Routes, toGate } from './routes.js'
import { WaitingReport, type WaitingLimits } from './waiting-report.js'

/** How a resolve operator behaves where there is a choice. */
export interface ResolveOptions extends Partial<WaitingLimits> {
  /** Most children a parent answers in one call. */
  readonly sliceSize?: number
  /** Most versions that wait for one record; 0: any number. */
  readonly waitersMax?: number
  /** Whether one more version of an entity may not begin to wait. */
  readonly mustGiveUp?: (entity: string, nowMs: number) => boolean
}

/** A resolve operator: changes for the writer leave by the main output. */
export type ResolveFunction = KeyedCollectFunction<
  RecordKey,
  ResolveMessage,
  typeof resolveState,
  RowChange,
  ResolveMessage
>

/** The resolve operator of a stage. */
export function resolveFunction(
  graph: ModelGraph,
  stage: Stage,
  options: ResolveOptions = {},
): ResolveFunction {
  const uid = `resolve-${stage.name}`
  const resolver = new Resolver(graph, stage, uid, options)
  return {
    uid,
    state: resolveState,
    emits: type<RowChange>(),
    messages: type<ResolveMessage>(),
    sendsToKeys: stage.isCyclic,
    processElement: (message, ctx, out) => resolver.onMessage(message, ctx, out),
    onMessage: (message, ctx, out) => resolver.onMessage(message, ctx, out),
    onTimer: (timestampMs, ctx, out) => resolver.onTimer(timestampMs, ctx, out),
  }
}

const defaultSliceSize = 1_000

class Resolver {
  readonly #graph: ModelGraph
  readonly #stage: Stage
  readonly #uid: string
  readonly #parent: ParentSide
  readonly #report: WaitingReport
  readonly #gates: Routes<GateMessage>
  readonly #mustGiveUp: (entity: string, nowMs: number) => boolean

  constructor(graph: ModelGraph, stage: Stage, uid: string, options: ResolveOptions) {
    this.#graph = graph
    this.#stage = stage
    this.#uid = uid
    const { sliceSize = defaultSliceSize, waitersMax = 0, mustGiveUp = () => false } = options
    this.#parent = new ParentSide(graph, stage, { sliceSize, waitersMax })
    this.#mustGiveUp = mustGiveUp
    this.#report = new WaitingReport(graph, options)
    this.#gates = new Routes(graph, toGate)
  }

  onMessage(message: ResolveMessage, ctx: ResolveContext, out: Collector<RowChange>): void {
    switch (message.kind) {
      case 'upsert':
        return this.#onUpsert(message, ctx, out)
      case 'delete':
        return this.#onDelete(message, ctx, out)
      case 'request':
        return this.#parent.onRequest(message, ctx)
      case 'grant':
        return this.#onGrant(message, ctx, out)
      case 'missing':
        return this.#onMissing(message, ctx, out)
      case 'continue':
        return this.#parent.answerWaiters(ctx)
      default:
        return unreachable(message)
    }
  }

  onTimer(timestampMs: number, ctx: ResolveContext, out: Collector<RowChange>): void {
    const { kept, overdue, isKept } = this.#report.onTimer(timestampMs, ctx)
    for (const waiting of overdue) {
      if (isKept) this.#letter(waiting, 'waits-on', ctx)
      else this.#giveUp(waiting, 'too-long', ctx)
    }
    this.#advance(kept, ctx, out)
  }

  #giveUp(waiting: WaitingVersion, reason: OverdueReason, ctx: ResolveContext): void {
    this.#drop(waiting, 'evicted', ctx)
    keepEntry(ctx, withGivenUp(entryOf(ctx), waiting.version))
    this.#letter(waiting, reason, ctx)
  }

  #letter(waiting: WaitingVersion, reason: OverdueReason, ctx: ResolveContext): void {
    ctx.output(overdueTag, overdueLetter(waiting, { uid: this.#uid, key: ctx.key, reason }))
  }

  #onUpsert(message: UpsertMessage, ctx: ResolveContext, out: Collector<RowChange>): void {
    const { version, row, references, place, inTarget } = message
    const since = sinceOf(message)
    const before = entryOf(ctx)
    const entry = since < 0 ? this.#taken(message, -since, before, ctx) : before
    if (entry === undefined || (since >= 0 && this.#isOutdated(message, entry, ctx))) return
    if (version > entry.last) keepEntry(ctx, { ...entry, last: version })
    // Answers may have come before the version that asked; the last one counts.
    const early = this.#takeEarly(since, ctx)
    const asks = references.map((reference) => {
      const answer = early.findLast(
        (each) => each.since === since && answers(each, { ...reference, answer: 'none', incarnation: -1 }),
      )
      return {
        ...reference,
        answer: answer?.answer ?? 'none',
        incarnation: answer?.incarnation ?? -1,
      } as const
    })
    this.#closeUnclaimed(early, since, asks, ctx)
    const waits = { sinceMs: -1, reported: 'nothing' } as const
    const arrived: WaitingVersion = { version, since, row, asks, place, inTarget, ...waits }
    const waiting = this.#report.onArrival(arrived, ctx)
    if (this.#isRefused(waiting, arrived, ctx)) return this.#giveUp(waiting, 'backlog', ctx)
    const queue = [...(ctx.state.queue.value() ?? []), waiting]
    // A version that comes again takes its place before newer ones.
    this.#advance(since < 0 ? queue.sort((a, b) => a.version - b.version) : queue, ctx, out)
  }

  // A version that was given up is wanted again while nothing newer has gone by. Each attempt counts once.
  #taken(message: UpsertMessage, attempt: number, before: Entry, ctx: ResolveContext): Entry | undefined {
    const { version } = message
    const isNew = isNewAttempt(before, attempt)
    const { entry, isWanted } = withAttempt(before, { attempt, version })
    if (isNew) keepEntry(ctx, entry)
    if (isNew && isWanted) return entry
    const queue = ctx.state.queue.value() ?? []
    const isThere = !isNew || version === entry.row || queue.some((each) => each.version === version)
    this.#audit(message, isThere ? 'duplicate' : 'stale', ctx)
    this.#closeUnclaimed(this.#takeEarly(-attempt, ctx), -attempt, [], ctx)
    return undefined
  }

  // Whether the version, or the attempt, that asked is still on its way.
  #isComing(since: number, ctx: ResolveContext): boolean {
    const entry = entryOf(ctx)
    return since < 0 ? isNewAttempt(entry, -since) : since > entry.last
  }

  #onGrant(message: GrantMessage, ctx: ResolveContext, out: Collector<RowChange>): void {
    const { field, since, parent, incarnation } = message
    const queue = ctx.state.queue.value() ?? []
    const index = queue.findIndex((each) => each.since === since)
    const waiting = queue[index]
    if (waiting?.asks.some((ask) => answers(message, ask) && ask.answer !== 'granted')) {
      const asks = waiting.asks.map((ask) =>
        answers(message, ask) ? { ...ask, answer: 'granted' as const, incarnation } : ask,
      )
      this.#advance(queue.with(index, this.#changed(waiting, asks, index, ctx)), ctx, out)
    } else if (this.#isComing(since, ctx) && !this.#hasEarlyGrant(message, ctx)) {
      ctx.state.early.add({ field, since, parent, answer: 'granted', incarnation })
    } else {
      // The version that asked is superseded, cancelled or a duplicate: nobody needs this any more.
      this.#close({ parent, incarnation }, ctx)
    }
  }

  #onMissing(message: MissingMessage, ctx: ResolveContext, out: Collector<RowChange>): void {
    const { field, since, parent, reason } = message
    const queue = ctx.state.queue.value() ?? []
    const index = queue.findIndex((each) => each.since === since)
    const waiting = queue[index]
    if (waiting) {
      const asks = waiting.asks.map((ask) =>
        answers(message, ask) && mayBecome(reason, ask.answer) ? { ...ask, answer: reason } : ask,
      )
      const changed = this.#changed(waiting, asks, index, ctx)
      if (!this.#isRefused(changed, waiting, ctx)) return this.#advance(queue.with(index, changed), ctx, out)
      this.#giveUp(changed, 'backlog', ctx)
      this.#advance(queue.toSpliced(index, 1), ctx, out)
    } else if (this.#isComing(since, ctx) && !this.#hasEarlyGrant(message, ctx)) {
      ctx.state.early.add({ field, since, parent, answer: reason, incarnation: -1 })
    }
  }

  #changed(
    waiting: WaitingVersion,
    asks: WaitingVersion['asks'],
    index: number,
    ctx: ResolveContext,
  ): WaitingVersion {
    return this.#report.onChange({ ...waiting, asks }, { index, before: waiting.asks }, ctx)
  }

  // Too many wait for what it waits for, or it begins to wait where too many do.
  #isRefused({ asks, sinceMs }: WaitingVersion, before: WaitingVersion, ctx: ResolveContext): boolean {
    if (asks.some(({ answer }) => answer === 'full')) return true
    if (sinceMs < 0 || before.sinceMs >= 0) return false
    return this.#mustGiveUp(entityOfKey(ctx.key), ctx.timers.currentProcessingTimeMs())
  }

  #onDelete(message: DeleteMessage, ctx: ResolveContext, out: Collector<RowChange>): void {
    const { version } = message
    const entry = entryOf(ctx)
    if (this.#isOutdated(message, entry, ctx)) return
    for (const waiting of ctx.state.queue.value() ?? []) this.#drop(waiting, 'cancelled', ctx)
    ctx.state.queue.clear()
    this.#closeUnclaimed(this.#takeEarly(version, ctx), version, [], ctx)
    const tombstone = { ...entry, last: version, row: 0, presence: Presence.deleted, holds: [] }
    keepEntry(ctx, { ...tombstone, ...givenUpAfter(entry, version) })
    if (entry.presence === Presence.deleted) return this.#audit(message, 'nothing-to-delete', ctx)
    this.#letGo(message, entry, ctx, out)
    this.#parent.tellDeleted(ctx)
  }

  // The row's holds travel with the delete: they end when the row does.
  #letGo(
    message: DeleteMessage,
    { incarnation, holds }: Entry,
    ctx: ResolveContext,
    out: Collector<RowChange>,
  ): void {
    const { key, version, row, place } = message
    const { entity, isReferenced } = this.#node(key)
    const change: RowChange = { kind: 'delete', table: entity.table, row, version, place }
    if (isReferenced) {
      const grants = incarnation < 0 ? 0 : (ctx.state.grants.value() ?? 0)
      this.#toGate({ kind: 'held-delete', key, incarnation, grants, holds, change }, ctx)
      return
    }
    // Nobody can refer to it, so nothing can hold it: no gate is needed.
    out.collect(change)
    this.#audit(message, 'released', ctx)
    for (const hold of holds) this.#close(hold, ctx)
  }

  #advance(queue: readonly WaitingVersion[], ctx: ResolveContext, out: Collector<RowChange>): void {
    let rest = queue
    for (;;) {
      const index = firstReleasable(rest, this.#stage.isCyclic)
      const next = rest[index]
      if (next === undefined) break
      for (const skipped of rest.slice(0, index)) this.#drop(skipped, 'superseded', ctx)
      this.#release(next, ctx, out)
      rest = rest.slice(index + 1)
    }
    if (rest.length > 0) ctx.state.queue.update(rest)
    else if (ctx.state.queue.value() !== undefined) ctx.state.queue.clear()
  }

  #release(waiting: WaitingVersion, ctx: ResolveContext, out: Collector<RowChange>): void {
    const { version, row, place, inTarget, asks } = waiting
    const { table } = this.#node(ctx.key).entity
    const before = entryOf(ctx)
    if (!inTarget) out.collect({ kind: 'upsert', table, row, version, place })
    if (!inTarget) this.#audit(waiting, 'released', ctx)
    this.#report.onEnd(waiting, ctx)
    const isNew = before.presence !== Presence.present
    const incarnation = isNew ? (inTarget ? 0 : version) : before.incarnation
    keepEntry(ctx, {
      last: before.last,
      row: version,
      presence: Presence.present,
      incarnation,
      holds: holdsOf(asks),
      ...givenUpAfter(before, version),
    })
    if (isNew) this.#becomePresent(before, inTarget, ctx)
    for (const hold of before.holds) this.#close(hold, ctx)
  }

  #becomePresent(before: Entry, inTarget: boolean, ctx: ResolveContext): void {
    // Grants are counted per incarnation; those to rows of the target may have come before this record.
    if (!inTarget) ctx.state.grants.clear()
    if (before.presence === Presence.deleted && this.#node(ctx.key).isReferenced) {
      this.#toGate({ kind: 'back', key: ctx.key }, ctx)
    }
    this.#parent.answerWaiters(ctx)
  }

  #drop(waiting: WaitingVersion, fate: Fate, ctx: ResolveContext): void {
    this.#audit(waiting, fate, ctx)
    this.#report.onEnd(waiting, ctx)
    for (const hold of holdsOf(waiting.asks)) this.#close(hold, ctx)
  }

  #isOutdated(
    message: { readonly version: number; readonly place: string; readonly row: Row },
    { last }: Entry,
    ctx: ResolveContext,
  ): boolean {
    if (message.version > last) return false
    this.#audit(message, message.version === last ? 'duplicate' : 'stale', ctx)
    return true
  }

  // Takes the answers to this version and older ones, or to this attempt and earlier ones; the others stay.
  #takeEarly(upTo: number, ctx: ResolveContext): readonly EarlyAnswer[] {
    const all = [...ctx.state.early.get()]
    if (all.length === 0) return all
    const isTaken = ({ since }: EarlyAnswer) =>
      upTo < 0 ? since < 0 && since >= upTo : since >= 0 && since <= upTo
    const later = all.filter((each) => !isTaken(each))
    if (later.length === 0) ctx.state.early.clear()
    else ctx.state.early.update(later)
    return all.filter(isTaken)
  }

  #hasEarlyGrant(message: GrantMessage | MissingMessage, ctx: ResolveContext): boolean {
    for (const early of ctx.state.early.get()) {
      if (early.since === message.since && early.answer === 'granted' && answers(message, early)) return true
    }
    return false
  }

  // Grants for versions that never come, or that asked somebody else, go back.
  #closeUnclaimed(
    early: readonly EarlyAnswer[],
    since: number,
    asks: WaitingVersion['asks'],
    ctx: ResolveContext,
  ): void {
    for (const each of early) {
      const isClaimed = each.since === since && asks.some((ask) => answers(each, ask))
      if (each.answer === 'granted' && !isClaimed) this.#close(each, ctx)
    }
  }

  #close({ parent, incarnation }: Hold, ctx: ResolveContext): void {
    this.#toGate({ kind: 'close', key: parent, incarnation }, ctx)
  }

  #toGate(message: GateMessage, ctx: ResolveContext): void {
    const tag = this.#gates.tagFor(message.key)
    assert(tag !== undefined, 'every stage has a gate')
    ctx.output(tag, message)
  }

  #audit(
    {
      version,
      place,
      sinceMs = -1,
    }: Pick<WaitingVersion, 'version' | 'place'> & { readonly sinceMs?: number },
    fate: Fate,
    ctx: ResolveContext,
  ): void {
    ctx.output(auditTag, { key: ctx.key, version, fate, place, ...(sinceMs < 0 ? {} : { sinceMs }) })
  }

  #node(key: RecordKey): EntityNode {
    return nodeOfKey(this.#graph, key)
  }
}
