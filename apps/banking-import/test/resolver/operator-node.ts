// One subtask that runs a real operator: memory state, timers, and outputs handed to whoever connects it.
import {
  assert,
  type KeyedContext,
  type OutputTag,
  type RowChange,
  type StateDescriptors,
  type StateHandles,
} from 'streamcore'
import type { AuditEvent } from '../../src/operators/audit-event.js'
import { type GateFunction, gateState } from '../../src/operators/gate.js'
import type { GateMessage, ResolveMessage } from '../../src/operators/messages.js'
import type { BacklogChange } from '../../src/operators/count-backlog.js'
import type { OverdueLetter } from '../../src/operators/overdue-letter.js'
import type { ResolveFunction } from '../../src/operators/resolve.js'
import { resolveState } from '../../src/operators/resolve-state.js'
import type { WaitingEvent } from '../../src/operators/waiting-event.js'
import { MemoryState, type Restore } from './memory-state.js'

/** Where a subtask's outputs go. */
export interface Wiring {
  change(change: RowChange): void
  resolve(tag: string, message: ResolveMessage): void
  gate(tag: string, message: GateMessage): void
  nowMs(): number
}

/** A message to the operator itself. */
export interface SelfMessage<M> {
  readonly key: string
  readonly message: M
}

/** What every subtask of a real operator offers to the scheduler. */
export interface OperatorNode<M> {
  /** Always true, so that callers can assert that somebody took the message. */
  process(message: M): boolean
  /** Messages to itself that are not delivered yet. */
  pending(): readonly SelfMessage<M>[]
  deliverNext(): void
  /** Fires the timers that are due; true when there was one. */
  fireTimers(): boolean
  snapshot(): Restore
  readonly state: MemoryState
  audit(): readonly AuditEvent[]
  waiting(): readonly WaitingEvent[]
  backlog(): readonly BacklogChange[]
  /** Dead letters; only those up to the last barrier. */
  letters(): readonly OverdueLetter[]
}

/** A subtask of resolve, its states open to checks. */
export type ResolveNode = OperatorNode<ResolveMessage> & {
  readonly handles: StateHandles<typeof resolveState>
}
/** A subtask of a gate, its states open to checks. */
export type GateNode = OperatorNode<GateMessage> & { readonly handles: StateHandles<typeof gateState> }

function bindResolve(state: MemoryState): StateHandles<typeof resolveState> {
  return {
    entry: resolveState.entry.bind(state),
    grants: resolveState.grants.bind(state),
    queue: resolveState.queue.bind(state),
    early: resolveState.early.bind(state),
    backlog: resolveState.backlog.bind(state),
    waiters: resolveState.waiters.bind(state),
  }
}

function bindGate(state: MemoryState): StateHandles<typeof gateState> {
  return { gate: gateState.gate.bind(state) }
}

/** A subtask of resolve. */
export function resolveNode(fn: ResolveFunction, wiring: Wiring): ResolveNode {
  const shell = new Shell<ResolveMessage>(wiring)
  const handles = bindResolve(shell.state)
  const ctx = shell.context(handles)
  const out = { collect: (change: RowChange) => wiring.change(change) }
  const node = shell.run({
    process: (message) => fn.processElement(message, ctx, out),
    message: (message) => fn.onMessage?.(message, ctx, out),
    timer: (timestampMs) => fn.onTimer?.(timestampMs, ctx, out),
  })
  return Object.assign(node, { handles })
}

/** A subtask of a gate. */
export function gateNode(fn: GateFunction, wiring: Wiring): GateNode {
  const shell = new Shell<GateMessage>(wiring)
  const handles = bindGate(shell.state)
  const ctx = shell.context(handles)
  const out = { collect: (change: RowChange) => wiring.change(change) }
  const node = shell.run({
    process: (message) => fn.processElement(message, ctx, out),
    message: (message) => fn.onMessage?.(message, ctx, out),
    timer: () => assert(false, 'a gate sets no timers'),
  })
  return Object.assign(node, { handles })
}

interface Handlers<M> {
  process(message: M): void
  message(message: M): void
  timer(timestampMs: number): void
}

class Shell<M extends { readonly key: string }> {
  readonly state = new MemoryState()
  readonly #wiring: Wiring
  #pending: readonly SelfMessage<M>[] = []
  #timers: readonly { readonly key: string; readonly timestampMs: number }[] = []
  #audit: readonly AuditEvent[] = []
  #waiting: readonly WaitingEvent[] = []
  #backlog: readonly BacklogChange[] = []
  #letters: readonly OverdueLetter[] = []
  #lettersAtBarrier: readonly OverdueLetter[] = []

  constructor(wiring: Wiring) {
    this.#wiring = wiring
  }

  context<D extends StateDescriptors>(handles: StateHandles<D>): KeyedContext<string, D, M> {
    const { state } = this
    const later = (key: string, message: M) => {
      this.#pending = [...this.#pending, { key, message }]
    }
    return {
      get key() {
        return state.key
      },
      timestampMs: -Infinity,
      state: handles,
      timers: {
        currentWatermarkMs: () => -Infinity,
        currentProcessingTimeMs: () => this.#wiring.nowMs(),
        registerEventTimeTimer: () => assert(false, 'no operator here knows event time'),
        registerProcessingTimeTimer: (timestampMs) => {
          this.#timers = [...this.#timers, { key: state.key, timestampMs }]
        },
        deleteEventTimeTimer: () => assert(false, 'no operator here knows event time'),
        deleteProcessingTimeTimer: () => assert(false, 'no operator here deletes timers'),
      },
      output: (tag, value) => this.#output(tag, value),
      continueLater: (message) => later(state.key, message),
      sendToKey: later,
    }
  }

  run(handlers: Handlers<M>): OperatorNode<M> {
    return {
      state: this.state,
      pending: () => this.#pending,
      audit: () => this.#audit,
      waiting: () => this.#waiting,
      backlog: () => this.#backlog,
      letters: () => this.#lettersAtBarrier,
      process: (message) => {
        this.state.key = message.key
        handlers.process(message)
        return true
      },
      deliverNext: () => {
        const [next, ...rest] = this.#pending
        assert(next !== undefined, 'something is pending')
        this.#pending = rest
        this.state.key = next.key
        handlers.message(next.message)
      },
      fireTimers: () => this.#fireTimers(handlers),
      snapshot: () => this.#snapshot(),
    }
  }

  #fireTimers(handlers: Handlers<M>): boolean {
    const due = this.#timers.filter(({ timestampMs }) => timestampMs <= this.#wiring.nowMs())
    this.#timers = this.#timers.filter((timer) => !due.includes(timer))
    for (const { key, timestampMs } of due) {
      this.state.key = key
      handlers.timer(timestampMs)
    }
    return due.length > 0
  }

  // What was emitted up to a barrier is committed with it; what came later is undone by a crash.
  #snapshot(): Restore {
    const restoreState = this.state.snapshot()
    const [pending, timers, audit, waiting] = [this.#pending, this.#timers, this.#audit, this.#waiting]
    const [letters, backlog] = [this.#letters, this.#backlog]
    this.#lettersAtBarrier = letters
    return () => {
      restoreState()
      this.#pending = pending
      this.#timers = timers
      this.#audit = audit
      this.#waiting = waiting
      this.#letters = letters
      this.#backlog = backlog
    }
  }

  #output<T>(tag: OutputTag<T>, value: T): void {
    if (tag.id.startsWith('to-gate-') && isGateMessage(value)) this.#wiring.gate(tag.id, value)
    else if (tag.id.startsWith('to-resolve-') && isResolveMessage(value)) this.#wiring.resolve(tag.id, value)
    else if (isAuditEvent(value)) this.#audit = [...this.#audit, value]
    else if (isWaitingEvent(value)) this.#waiting = [...this.#waiting, value]
    else if (isBacklogChange(value)) this.#backlog = [...this.#backlog, value]
    else {
      assert(isLetter(value), `the side output ${tag.id} is known`)
      this.#letters = [...this.#letters, value]
    }
  }
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
}

function isGateMessage(value: unknown): value is GateMessage {
  return ['close', 'held-delete', 'back'].includes(String(kindOf(value)))
}

function isResolveMessage(value: unknown): value is ResolveMessage {
  return ['upsert', 'delete', 'request', 'grant', 'missing', 'continue'].includes(String(kindOf(value)))
}

function isAuditEvent(value: unknown): value is AuditEvent {
  return typeof value === 'object' && value !== null && 'fate' in value
}

function isBacklogChange(value: unknown): value is BacklogChange {
  return typeof value === 'object' && value !== null && 'edge' in value && 'by' in value
}

function isLetter(value: unknown): value is OverdueLetter {
  return typeof value === 'object' && value !== null && 'isWaiting' in value
}

function isWaitingEvent(value: unknown): value is WaitingEvent {
  return ['waiting', 'overdue', 'ended'].includes(String(kindOf(value)))
}
