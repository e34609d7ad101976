/** Resolve's entry as a parent: it answers the questions of its children and keeps those that must wait. */
import type { ModelGraph, Stage } from '../model/model-graph.js'
import { Presence } from './entry.js'
import type { MissingReason, RequestMessage, ResolveMessage } from './messages.js'
import { Routes, toResolve } from './routes.js'
import { type Backlog, entryOf, keepEntry, type ResolveContext, type Waiter } from './resolve-state.js'

/** Answers questions. A hot parent answers `sliceSize` of those who wait per call and continues later. */
export class ParentSide {
  readonly #stage: Stage
  readonly #sliceSize: number
  readonly #waitersMax: number
  readonly #routes: Routes<ResolveMessage>

  /** At most `waitersMax` wait for a record; 0: any number. */
  constructor(
    graph: ModelGraph,
    stage: Stage,
    { sliceSize, waitersMax }: { readonly sliceSize: number; readonly waitersMax: number },
  ) {
    this.#stage = stage
    this.#sliceSize = sliceSize
    this.#waitersMax = waitersMax
    this.#routes = new Routes(graph, toResolve)
  }

  onRequest(request: RequestMessage, ctx: ResolveContext): void {
    const { grants, backlog } = ctx.state
    const entry = entryOf(ctx)
    const { presence, incarnation } = entry
    const { child, field, since } = request
    if (request.inTarget) {
      // The child's row is in the target, so this one is, too, wherever its own record may be.
      if (incarnation < 0) keepEntry(ctx, { ...entry, incarnation: 0 })
    } else if (presence !== Presence.present || backlog.value() !== undefined) {
      this.#keepWaiting({ child, field, since }, ctx)
      return
    }
    grants.update((grants.value() ?? 0) + 1)
    this.#grant(request, ctx)
  }

  /** Tells the next of those who wait that the record is there, or that it is deleted. */
  answerWaiters(ctx: ResolveContext): void {
    const { backlog } = ctx.state
    const waiting = backlog.value()
    if (waiting === undefined) return
    const { presence } = entryOf(ctx)
    const left =
      presence === Presence.present ? this.#grantSlice(waiting, ctx) : this.#tellSlice(waiting, presence, ctx)
    if (left > 0) ctx.continueLater({ kind: 'continue', key: ctx.key })
  }

  /** The record was deleted: everyone who waits is told. */
  tellDeleted(ctx: ResolveContext): void {
    const waiting = ctx.state.backlog.value()
    if (waiting === undefined) return
    ctx.state.backlog.update({ ...waiting, told: waiting.head })
    this.answerWaiters(ctx)
  }

  #keepWaiting(waiter: Waiter, ctx: ResolveContext): void {
    const { backlog, waiters } = ctx.state
    const { head, tail, told } = backlog.value() ?? { head: 0, tail: 0, told: 0 }
    const { presence } = entryOf(ctx)
    // While a present record works its list off, whoever comes is granted soon: only what may wait for long is limited.
    if (this.#waitersMax > 0 && tail - head >= this.#waitersMax && presence !== Presence.present) {
      this.#missing(waiter, 'full', ctx)
      return
    }
    waiters.put(tail, waiter)
    backlog.update({ head, tail: tail + 1, told: told === tail ? tail + 1 : told })
    if (presence === Presence.unknown) this.#missing(waiter, 'never-seen', ctx)
    if (presence === Presence.deleted && told === tail) this.#missing(waiter, 'deleted', ctx)
  }

  #grantSlice({ head, tail, told }: Backlog, ctx: ResolveContext): number {
    const { grants, backlog, waiters } = ctx.state
    const end = Math.min(tail, head + this.#sliceSize)
    grants.update((grants.value() ?? 0) + end - head)
    for (let index = head; index < end; index += 1) {
      const waiter = waiters.get(index)
      if (waiter) this.#grant(waiter, ctx)
      waiters.remove(index)
    }
    if (end === tail) backlog.clear()
    else backlog.update({ head: end, tail, told: Math.max(told, end) })
    return tail - end
  }

  #tellSlice({ head, tail, told }: Backlog, presence: Presence, ctx: ResolveContext): number {
    if (presence !== Presence.deleted) return 0
    const end = Math.min(tail, told + this.#sliceSize)
    for (let index = told; index < end; index += 1) {
      const waiter = ctx.state.waiters.get(index)
      if (waiter) this.#missing(waiter, 'deleted', ctx)
    }
    ctx.state.backlog.update({ head, tail, told: end })
    return tail - end
  }

  #grant({ child, field, since }: Waiter, ctx: ResolveContext): void {
    const { incarnation } = entryOf(ctx)
    this.#send({ kind: 'grant', key: child, field, since, parent: ctx.key, incarnation }, ctx)
  }

  #missing({ child, field, since }: Waiter, reason: MissingReason | 'full', ctx: ResolveContext): void {
    this.#send({ kind: 'missing', key: child, field, since, parent: ctx.key, reason }, ctx)
  }

  #send(message: ResolveMessage, ctx: ResolveContext): void {
    const tag = this.#routes.tagFor(message.key, this.#stage)
    if (tag) ctx.output(tag, message)
    else ctx.sendToKey(message.key, message)
  }
}
