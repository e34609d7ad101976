/** Keeps the waiting table informed: only what waits longer than a moment is reported, and its end is reported, too. */
import { edgeOf } from '../backlog/backlog-meter.js'
import type { ModelGraph } from '../model/model-graph.js'
import { nodeOfKey } from '../model/model-graph.js'
import { entityOfKey, idOfKey } from '../model/record-key.js'
import { backlogTag } from './count-backlog.js'
import type { ResolveContext, WaitingVersion } from './resolve-state.js'
import { type MissingParent, type WaitingEvent, waitingTag } from './waiting-event.js'

/** How long a version may wait. */
export interface WaitingLimits {
  /** Shorter waits do not appear in the waiting table. */
  readonly reportAfterMs: number
  /** Longer waits are overdue; 0: never. */
  readonly overdueAfterMs: number
  /** What happens to an overdue version: `report` lets it wait on, `evict` gives it up. */
  readonly whenOverdue: 'report' | 'evict'
}

/** Reports the waiting versions of the current key. */
export class WaitingReport {
  readonly #graph: ModelGraph
  readonly #limits: WaitingLimits

  constructor(graph: ModelGraph, limits: Partial<WaitingLimits>) {
    this.#graph = graph
    this.#limits = {
      reportAfterMs: limits.reportAfterMs ?? 1_000,
      overdueAfterMs: limits.overdueAfterMs ?? 0,
      whenOverdue: limits.whenOverdue ?? 'report',
    }
  }

  /** A version has arrived, perhaps after the first answers to it. */
  onArrival(waiting: WaitingVersion, ctx: ResolveContext): WaitingVersion {
    this.#count(waiting.asks, 1, ctx)
    return isMissingSomething(waiting) ? this.#started(waiting, ctx) : waiting
  }

  /** A parent has answered; `index` is the version's place in its queue, `before` what parents had said. */
  onChange(
    waiting: WaitingVersion,
    { index, before }: { readonly index: number; readonly before: WaitingVersion['asks'] },
    ctx: ResolveContext,
  ): WaitingVersion {
    this.#count(before, -1, ctx)
    this.#count(waiting.asks, 1, ctx)
    if (waiting.sinceMs < 0) return isMissingSomething(waiting) ? this.#started(waiting, ctx) : waiting
    // The first one goes at once when it has all; another may have to wait for those before it.
    const goes = index === 0 && waiting.asks.every(({ answer }) => answer === 'granted')
    if (waiting.reported !== 'nothing' && !goes) this.#emit('waiting', waiting, ctx)
    return waiting
  }

  /** The version waits no longer, whatever its fate. */
  onEnd(waiting: WaitingVersion, ctx: ResolveContext): void {
    this.#count(waiting.asks, -1, ctx)
    if (waiting.reported !== 'nothing') this.#emit('ended', waiting, ctx)
  }

  /** Reports what has waited long enough; gives the queue back, and what is to be given up. */
  onTimer(timestampMs: number, ctx: ResolveContext): Aged {
    const before = ctx.state.queue.value() ?? []
    const aged = before.map((waiting) => this.#age(waiting, timestampMs, ctx))
    const overdue = aged.filter(
      ({ reported }, index) => reported === 'overdue' && before[index]?.reported !== 'overdue',
    )
    const isKept = this.#limits.whenOverdue === 'report'
    return { kept: isKept ? aged : aged.filter((each) => !overdue.includes(each)), overdue, isKept }
  }

  #count(asks: WaitingVersion['asks'], by: number, ctx: ResolveContext): void {
    const { name, foreignKeys } = nodeOfKey(this.#graph, ctx.key).entity
    for (const { field, answer } of asks) {
      const key = foreignKeys[field]
      if (key !== undefined && (answer === 'never-seen' || answer === 'deleted'))
        ctx.output(backlogTag, { edge: edgeOf(name, key.name), by })
    }
  }

  #age(waiting: WaitingVersion, nowMs: number, ctx: ResolveContext): WaitingVersion {
    const { reportAfterMs, overdueAfterMs } = this.#limits
    const { sinceMs, reported } = waiting
    if (sinceMs < 0) return waiting
    if (overdueAfterMs > 0 && reported !== 'overdue' && sinceMs + overdueAfterMs <= nowMs) {
      this.#emit('overdue', waiting, ctx)
      return { ...waiting, reported: 'overdue' }
    }
    if (reported === 'nothing' && sinceMs + reportAfterMs <= nowMs) {
      this.#emit('waiting', waiting, ctx)
      return { ...waiting, reported: 'waiting' }
    }
    return waiting
  }

  #started(waiting: WaitingVersion, ctx: ResolveContext): WaitingVersion {
    const { reportAfterMs, overdueAfterMs } = this.#limits
    const sinceMs = ctx.timers.currentProcessingTimeMs()
    ctx.timers.registerProcessingTimeTimer(sinceMs + reportAfterMs)
    if (overdueAfterMs > 0) ctx.timers.registerProcessingTimeTimer(sinceMs + overdueAfterMs)
    return { ...waiting, sinceMs }
  }

  #emit(kind: WaitingEvent['kind'], waiting: WaitingVersion, ctx: ResolveContext): void {
    const { version, sinceMs, place } = waiting
    const { foreignKeys } = nodeOfKey(this.#graph, ctx.key).entity
    const missing = waiting.asks.flatMap(({ field, parent, answer }): MissingParent[] => {
      if (answer !== 'never-seen' && answer !== 'deleted') return []
      return [{ field: foreignKeys[field]?.name ?? String(field), parent, reason: answer }]
    })
    ctx.output(waitingTag, {
      kind,
      entity: entityOfKey(ctx.key),
      id: idOfKey(ctx.key),
      version,
      missing,
      sinceMs,
      place,
    })
  }
}

/** What is left after a timer. */
export interface Aged {
  readonly kept: readonly WaitingVersion[]
  /** Versions that have just become overdue. */
  readonly overdue: readonly WaitingVersion[]
  /** They wait on, and are among the kept. */
  readonly isKept: boolean
}

function isMissingSomething({ asks }: WaitingVersion): boolean {
  return asks.some(({ answer }) => answer === 'never-seen' || answer === 'deleted')
}
