// One run of the real operators in a network of random shape and order, with one transaction per epoch.
import { assert, type RowChange, SeededRandom } from 'streamcore'
import { chance, hashOfText, pick } from '../../src/generate/pick.js'
import type { ImportRecord } from '../../src/model/import-record.js'
import type { ModelGraph, Stage } from '../../src/model/model-graph.js'
import { ask } from '../../src/operators/ask.js'
import type { AuditEvent } from '../../src/operators/audit-event.js'
import { gateFunction } from '../../src/operators/gate.js'
import type { GateMessage, ResolveMessage } from '../../src/operators/messages.js'
import type { OverdueLetter } from '../../src/operators/overdue-letter.js'
import { resolveFunction } from '../../src/operators/resolve.js'
import { toGate, toResolve } from '../../src/operators/routes.js'
import { writerOrder } from '../../src/operators/writer-order.js'
import { Network, type Place } from './network.js'
import { type GateNode, gateNode, type ResolveNode, resolveNode, type Wiring } from './operator-node.js'
import { graphOf, keyOf, recordOf, recordOfRow, type Scenario } from './scenario.js'
import { SimulatedTarget } from './simulated-target.js'
import { Violation } from './violation.js'

type Element =
  | { readonly kind: 'record'; readonly record: ImportRecord }
  | { readonly kind: 'resolve'; readonly message: ResolveMessage }
  | { readonly kind: 'gate'; readonly message: GateMessage }
  | { readonly kind: 'change'; readonly change: RowChange }

interface Partition {
  readonly place: Place<Element>
  readonly records: ImportRecord[]
  next: number
}

/** Deviations from the normal run that some tests want. */
export interface RunOptions {
  /** Rows of the target are loaded while records flow: wrong, H21. */
  readonly loadsConcurrently?: boolean
  /** Versions that wait long are given up. */
  readonly evicts?: boolean
  /** Most versions that wait for one record; more are given up. */
  readonly waitersMax?: number
  /** They come again, some of them twice. */
  readonly redrives?: boolean
}

/** What the writer did with a change. */
export interface WriterEvent {
  readonly key: string
  readonly version: number
  readonly fate: 'applied' | 'coalesced'
}

const crashesMax = 12
const stepsMax = 1_000_000

/** A run; `run` ends when everything delivered is processed and committed. */
export class SimulatedImport {
  readonly scenario: Scenario
  readonly graph: ModelGraph
  readonly target: SimulatedTarget
  readonly written: WriterEvent[] = []
  readonly resolves: ResolveNode[] = []
  readonly gates: GateNode[] = []
  readonly network: Network<Element>
  readonly #options: RunOptions
  readonly #random: SeededRandom
  readonly #partitions: Partition[] = []
  readonly #barrierChance: number
  readonly #sliceSize: number
  /** Letters whose transaction is committed, by the subtask that wrote them. */
  #letters = new Map<ResolveNode, readonly OverdueLetter[]>()
  readonly #redriven = new Map<ResolveNode, number>()
  #attempt = 0
  #isEnding = false
  #buffer: readonly RowChange[] = []

  constructor(scenario: Scenario, seed: number, options: RunOptions = {}) {
    this.scenario = scenario
    this.#options = options
    this.#random = new SeededRandom(seed)
    this.#barrierChance = pick(this.#random, [0, 0.01, 0.05, 0.2])
    this.#sliceSize = 1 + this.#random.below(3)
    this.network = new Network(this.#random)
    this.graph = graphOf(scenario.types)
    this.target = new SimulatedTarget(this.graph)
    for (const { name, version, parents } of scenario.inTarget) {
      this.target.load(keyOf(name), {
        version,
        parents: parents.map((each) => (each === null ? null : keyOf(each))),
      })
    }
    this.#connect()
  }

  run(): this {
    const { network } = this
    this.#feedTarget()
    if (!this.#options.loadsConcurrently) {
      // The rows of the target go through in an epoch of their own, before the first live record.
      while (network.step());
      this.#finishEpoch()
    }
    network.checkpoint()
    for (const partition of this.#partitions) network.feed(partition.place, elementsOf(partition.records))
    do {
      this.#runUntilIdle()
      this.#finishEpoch()
      // In the end everything comes again, and nothing more is given up.
      this.#isEnding = true
    } while (this.#redrive() || (!this.#options.evicts && this.#fireTimers()))
    return this
  }

  /** How often versions were sent again. */
  get redriven(): number {
    return this.#attempt
  }

  /** The audit trail of resolve and gate. */
  audit(): readonly AuditEvent[] {
    return [...this.resolves, ...this.gates].flatMap((node) => node.audit())
  }

  #runUntilIdle(): void {
    const { network, scenario } = this
    for (;;) {
      if (!network.isInEpoch && chance(this.#random, this.#barrierChance)) network.trigger()
      if (scenario.crashes && network.crashes < crashesMax && chance(this.#random, 0.01)) this.#crash()
      if (!network.step()) return
      if (this.#options.evicts && !this.#isEnding && chance(this.#random, 0.03)) this.#fireTimers()
      if (this.#options.redrives && chance(this.#random, 0.02)) this.#redrive()
      if (network.steps > stepsMax) throw new Violation('livelock')
    }
  }

  #finishEpoch(): void {
    const { network } = this
    assert(!network.isInEpoch, 'an epoch ends when nothing is in flight')
    network.trigger()
    while (network.step());
    assert(!network.isInEpoch, 'an epoch ends when nothing is in flight')
  }

  #crash(): void {
    this.network.crash()
    for (const { place, records, next } of this.#partitions)
      this.network.feed(place, elementsOf(records.slice(next)))
  }

  #fireTimers(): boolean {
    return this.resolves.filter((node) => node.fireTimers()).length > 0
  }

  // What was given up comes by the partition of its id, behind all that was there.
  #redrive(): boolean {
    if (this.#options.redrives !== true) return false
    const before = this.#attempt
    for (const [node, letters] of this.#letters) {
      for (const { key, version } of letters.slice(this.#redriven.get(node) ?? 0)) {
        const operation = this.scenario.operations.find(
          (each) => keyOf(each.name) === key && each.version === version,
        )
        const partition = this.#partitions.find(({ records }) => records.some((each) => each.key === key))
        assert(operation !== undefined && partition !== undefined, 'what was given up had been delivered')
        this.#attempt += 1
        const record = { ...recordOf(this.graph, operation), attempt: this.#attempt }
        const copies = chance(this.#random, 0.2) ? [record, { ...record }] : [record]
        partition.records.push(...copies)
        this.network.feed(partition.place, elementsOf(copies))
      }
      this.#redriven.set(node, letters.length)
    }
    return this.#attempt > before
  }

  #feedTarget(): void {
    this.scenario.inTarget.forEach((row, index) => {
      const element: Element = { kind: 'record', record: recordOfRow(this.graph, row) }
      // A row comes by the partition of its id where that has one: versions of an id stay in order.
      const own = this.#partitions.find(({ records }) => records.some(({ key }) => key === keyOf(row.name)))
      const { place } = own ?? pick(this.#random, this.#partitions) ?? failure(`partition for row ${index}`)
      this.network.feed(place, [element])
    })
  }

  #connect(): void {
    const { network, graph } = this
    const { stages } = graph
    const writer = [this.#addWriter()]
    const resolves = stages.map((stage) => this.#addResolve(stage))
    const gates = stages.map((stage) => this.#addGate(stage))
    for (const stage of stages) {
      const resolve = resolves[stage.index] ?? []
      const gate = gates[stage.index] ?? []
      network.connect(resolve, 'writer', writer)
      network.connect(gate, 'writer', writer)
      for (const other of stages) {
        const isOther = other !== stage
        const isParent = stage.parents.includes(other.index)
        if (isOther && stage.children.includes(other.index))
          network.connect(resolve, toResolve(other).id, resolves[other.index] ?? [])
        if (isParent || !isOther) network.connect(resolve, toGate(other).id, gates[other.index] ?? [])
        if (isParent && isOther) network.connect(gate, toGate(other).id, gates[other.index] ?? [])
      }
    }
    for (const records of this.#recordsOfPartitions()) {
      const place = this.#addSource(records)
      for (const stage of stages) network.connect([place], toResolve(stage).id, resolves[stage.index] ?? [])
    }
  }

  #recordsOfPartitions(): readonly ImportRecord[][] {
    const { operations, partitions } = this.scenario
    const groups = new Map<string, ImportRecord[]>()
    for (const operation of operations) {
      const group = partitions === 0 ? operation.name : String(hashOfText(operation.name) % partitions)
      groups.set(group, [...(groups.get(group) ?? []), recordOf(this.graph, operation)])
    }
    return groups.size === 0 ? [[]] : [...groups.values()]
  }

  #addSource(records: ImportRecord[]): Place<Element> {
    const { network } = this
    const place = network.add({
      take: (element) => {
        assert(element.kind === 'record', 'sources read records')
        if (records.includes(element.record)) partition.next += 1
        for (const message of ask(element.record)) {
          const { stage } = this.graph.nodes.get(message.key.charAt(0)) ?? failure(message.key)
          network.send(place, toResolve(stage).id, message.key, { kind: 'resolve', message })
        }
      },
      hasPending: () => false,
      deliverPending: () => undefined,
      snapshot: () => {
        const { next } = partition
        return () => {
          partition.next = next
        }
      },
    })
    const partition: Partition = { place, records, next: 0 }
    this.#partitions.push(partition)
    network.addSource(place)
    return place
  }

  #addResolve(stage: Stage): readonly Place<Element>[] {
    const limits = this.#options.evicts ? { overdueAfterMs: 20, whenOverdue: 'evict' as const } : {}
    const { waitersMax = 0 } = this.#options
    const fn = resolveFunction(this.graph, stage, {
      sliceSize: this.#sliceSize,
      reportAfterMs: 5,
      waitersMax,
      ...limits,
    })
    return this.#subtasks(stage, (wiring) => {
      const node = resolveNode(fn, wiring)
      this.resolves.push(node)
      return { node, take: (element) => element.kind === 'resolve' && node.process(element.message) }
    })
  }

  #addGate(stage: Stage): readonly Place<Element>[] {
    const fn = gateFunction(this.graph, stage)
    return this.#subtasks(stage, (wiring) => {
      const node = gateNode(fn, wiring)
      this.gates.push(node)
      return { node, take: (element) => element.kind === 'gate' && node.process(element.message) }
    })
  }

  #subtasks(stage: Stage, make: (wiring: Wiring) => Made): readonly Place<Element>[] {
    const { network } = this
    const count = stage.isCyclic ? 1 : 1 + this.#random.below(3)
    return Array.from({ length: count }, () => {
      const { node, take } = make({
        change: (change) => network.send(place, 'writer', '', { kind: 'change', change }),
        resolve: (tag, message) => network.send(place, tag, message.key, { kind: 'resolve', message }),
        gate: (tag, message) => network.send(place, tag, message.key, { kind: 'gate', message }),
        nowMs: () => network.steps,
      })
      const place: Place<Element> = network.add({
        take: (element) => assert(take(element), `an operator takes no ${element.kind}`),
        hasPending: () => node.pending().length > 0,
        deliverPending: () => node.deliverNext(),
        snapshot: () => node.snapshot(),
      })
      return place
    })
  }

  #addWriter(): Place<Element> {
    const order = writerOrder(this.graph)
    return this.network.add({
      take: (element) => {
        assert(element.kind === 'change', 'the writer takes changes')
        this.#buffer = [...this.#buffer, element.change]
      },
      hasPending: () => false,
      deliverPending: () => undefined,
      snapshot: () => {
        this.#letters = new Map(this.resolves.map((node) => [node, node.letters()]))
        const { changes, coalesced } = order(this.#buffer)
        this.#buffer = []
        for (const change of changes) {
          this.target.apply(change)
          this.written.push(writerEvent(change, 'applied'))
        }
        for (const { change } of coalesced) this.written.push(writerEvent(change, 'coalesced'))
        return () => {
          this.#buffer = []
        }
      },
    })
  }
}

interface Made {
  readonly node: { pending(): readonly unknown[]; deliverNext(): void; snapshot(): () => void }
  take(element: Element): boolean
}

function writerEvent({ table, row, version }: RowChange, fate: WriterEvent['fate']): WriterEvent {
  return { key: `${table}:${String(row['id'])}`, version, fate }
}

function elementsOf(records: readonly ImportRecord[]): Element[] {
  return records.map((record) => ({ kind: 'record', record }))
}

function failure(what: string): never {
  assert(false, `${what} exists`)
}
