/** Builds the subtasks of a job: channels for the exchanges, operators from the last to the first, state restored. */
import { assert } from '../contracts/assert.js'
import type { RestoredState } from '../checkpoint/restored-state.js'
import type { KeySelector } from '../contracts/functions/any-keyed-function.js'
import type { JobExchange, JobGraph, JobVertex } from '../graph/job-graph.js'
import { deadLetterTag, type StreamEdge } from '../graph/stream-graph.js'
import { workerOfSubtask } from '../graph/worker-of-subtask.js'
import { fanOut, type Input } from '../operators/input.js'
import { OperatorContext } from '../operators/operator-context.js'
import type { PoisonRecords } from '../operators/poison-records.js'
import { type FlowControl, SourceOperator } from '../operators/source/source-operator.js'
import type { StreamOperator } from '../operators/stream-operator.js'
import { unionInputs } from '../operators/union-input.js'
import { Channel, type ChannelWriter } from './channel.js'
import { ChannelNumbers } from './channel-numbers.js'
import { ExchangeOutput } from './exchange-output.js'
import { InputGate } from './input-gate.js'
import type { TaskRunOptions } from './job-options.js'
import { createOperator } from './operator-factory.js'
import { StreamTask, type TaskListener } from './stream-task.js'
import type { WorkerPlace } from './worker/worker-place.js'

/** Options of {@link buildTasks}. */
export interface BuildTasksOptions {
  readonly jobGraph: JobGraph
  readonly run: TaskRunOptions
  readonly epoch: number
  readonly restored: RestoredState | undefined
  readonly poison: PoisonRecords
  readonly listener: TaskListener
  readonly notify: () => void
  /** The worker whose subtasks are built; undefined: all of them are, in this thread. */
  readonly worker?: WorkerPlace
}

/** The subtasks of a job that run here, inputs first. */
export async function buildTasks(options: BuildTasksOptions): Promise<readonly StreamTask[]> {
  const wiring = new Wiring(options.jobGraph, options.worker)
  const tasks: StreamTask[] = []
  try {
    for (const vertex of options.jobGraph.vertices) {
      for (let subtaskIndex = 0; subtaskIndex < vertex.parallelism; subtaskIndex++) {
        if (!wiring.isHere(subtaskIndex)) continue
        tasks.push(await new SubtaskBuilder(options, wiring, vertex, subtaskIndex).build())
      }
    }
  } catch (error) {
    // Nobody else knows of them yet, and what they have open must not outlive the failed start.
    await Promise.allSettled(tasks.map((task) => task.close()))
    throw error
  }
  return tasks
}

/** The channels of all exchanges, as far as one of their ends is here. */
class Wiring {
  readonly #jobGraph: JobGraph
  readonly #worker: WorkerPlace | undefined
  readonly #numbers: ChannelNumbers
  readonly #flows = new Map<string, FlowControl>()
  /** Those with both ends here, by number. */
  readonly #channels = new Map<number, Channel>()

  constructor(jobGraph: JobGraph, worker: WorkerPlace | undefined) {
    this.#jobGraph = jobGraph
    this.#worker = worker
    this.#numbers = new ChannelNumbers(jobGraph)
  }

  isHere(subtaskIndex: number): boolean {
    const worker = this.#worker
    return worker === undefined || workerOfSubtask(subtaskIndex, worker.count) === worker.index
  }

  flow(vertexId: number, subtaskIndex: number): FlowControl {
    const key = `${vertexId}/${subtaskIndex}`
    const flow = this.#flows.get(key) ?? { fullOutputs: 0 }
    this.#flows.set(key, flow)
    return flow
  }

  /** The writing ends of a producer that is here. */
  outgoing(exchange: JobExchange, from: number): readonly ChannelWriter[] {
    return peers(exchange, from, parallelismOf(this.#jobGraph, exchange.toVertex)).map((to) => {
      const number = this.#numbers.numberOf(exchange, from, to)
      if (this.isHere(to)) return this.#channel(exchange, from, to)
      const { exchange: remote, count } = this.#crossing()
      return remote.output(number, workerOfSubtask(to, count), this.flow(exchange.fromVertex, from))
    })
  }

  /** The reading ends of a consumer that is here. */
  incoming(exchange: JobExchange, to: number): readonly Channel[] {
    return peers(exchange, to, parallelismOf(this.#jobGraph, exchange.fromVertex)).map((from) => {
      const number = this.#numbers.numberOf(exchange, from, to)
      if (this.isHere(from)) return this.#channel(exchange, from, to)
      const { exchange: remote, count } = this.#crossing()
      return remote.input(number, workerOfSubtask(from, count))
    })
  }

  incomingCount(exchange: JobExchange, to: number): number {
    return peers(exchange, to, parallelismOf(this.#jobGraph, exchange.fromVertex)).length
  }

  #channel(exchange: JobExchange, from: number, to: number): Channel {
    const number = this.#numbers.numberOf(exchange, from, to)
    const channel = this.#channels.get(number) ?? new Channel(this.flow(exchange.fromVertex, from))
    this.#channels.set(number, channel)
    return channel
  }

  #crossing(): WorkerPlace {
    assert(this.#worker !== undefined, 'only the subtasks of workers are somewhere else')
    return this.#worker
  }
}

/** The subtasks at the other end of an exchange: on a forward edge only the one with the same index. */
function peers(exchange: JobExchange, subtaskIndex: number, parallelism: number): readonly number[] {
  if (exchange.partitioning === 'forward') return [subtaskIndex]
  return Array.from({ length: parallelism }, (_, index) => index)
}

function parallelismOf(jobGraph: JobGraph, vertexId: number): number {
  const vertex = jobGraph.vertices[vertexId]
  assert(vertex !== undefined, 'an exchange connects existing vertices')
  return vertex.parallelism
}

/** Builds one subtask. */
class SubtaskBuilder {
  readonly #options: BuildTasksOptions
  readonly #wiring: Wiring
  readonly #vertex: JobVertex
  readonly #subtaskIndex: number
  readonly #operators = new Map<number, StreamOperator>()
  readonly #entrances = new Map<string, Input[]>()
  readonly #outputs: ExchangeOutput[] = []
  #source: SourceOperator | undefined

  constructor(options: BuildTasksOptions, wiring: Wiring, vertex: JobVertex, subtaskIndex: number) {
    this.#options = options
    this.#wiring = wiring
    this.#vertex = vertex
    this.#subtaskIndex = subtaskIndex
  }

  async build(): Promise<StreamTask> {
    const { run, listener, notify } = this.#options
    // From the last to the first, because an operator is made with the inputs it emits into.
    try {
      for (const nodeId of [...this.#vertex.nodes].reverse()) await this.#createOperator(nodeId)
    } catch (error) {
      await Promise.allSettled([...this.#operators.values()].map((operator) => operator.close()))
      throw error
    }
    const operators = this.#vertex.nodes.flatMap((nodeId) => this.#operators.get(nodeId) ?? [])
    return new StreamTask({
      name: `${this.#vertex.name} (${this.#subtaskIndex + 1}/${this.#vertex.parallelism})`,
      vertexId: this.#vertex.id,
      subtaskIndex: this.#subtaskIndex,
      ports: run.ports,
      operators,
      source: this.#source,
      gate: this.#gate(),
      outputs: this.#outputs,
      flow: this.#wiring.flow(this.#vertex.id, this.#subtaskIndex),
      listener,
      notify,
    })
  }

  async #createOperator(nodeId: number): Promise<void> {
    const { jobGraph, run, epoch, restored, notify, listener, poison } = this.#options
    const node = jobGraph.nodes[nodeId]
    const binding = jobGraph.streamGraph.bindings.get(nodeId)
    assert(node !== undefined && binding !== undefined, 'every node of a vertex has a binding')
    const outlets = this.#outlets(nodeId)
    const operator = await createOperator(
      {
        node,
        binding,
        context: new OperatorContext({
          name: node.name,
          subtaskIndex: this.#subtaskIndex,
          ports: run.ports,
          deadLetters: outlets.get(deadLetterTag),
          poison,
          place: () => this.#source?.place(),
          declaredAt: node.declaredAt,
        }),
        output: outlets.get(undefined) ?? fanOut([]),
        sideOutputs: new Map(
          [...outlets].flatMap(([tag, input]) => (tag === undefined ? [] : [[tag, input]])),
        ),
      },
      {
        run,
        epoch,
        subtaskIndex: this.#subtaskIndex,
        parallelism: this.#vertex.parallelism,
        restored,
        flow: this.#wiring.flow(this.#vertex.id, this.#subtaskIndex),
        notify,
        onFailure: (error) => listener.failed(error),
      },
    )
    if (operator instanceof SourceOperator) this.#source = operator
    this.#operators.set(nodeId, operator)
  }

  /** What each output of a node feeds: operators of this task and exchanges. */
  #outlets(nodeId: number): Map<string | undefined, Input> {
    const { chainedEdges, exchanges } = this.#options.jobGraph
    const inputs = new Map<string | undefined, Input[]>()
    const add = (tag: string | undefined, input: Input) =>
      inputs.set(tag, [...(inputs.get(tag) ?? []), input])
    for (const edge of chainedEdges) {
      if (edge.from !== nodeId) continue
      add(edge.tag, this.#takeEntrance(edge.to, edge.input))
    }
    for (const exchange of exchanges)
      if (exchange.from === nodeId) add(exchange.tag, this.#exchange(exchange))
    return new Map([...inputs].map(([tag, targets]) => [tag, fanOut(targets)]))
  }

  #exchange(exchange: JobExchange): Input {
    const { jobGraph, run, poison } = this.#options
    const target = jobGraph.nodes[exchange.to]
    assert(target !== undefined, 'an exchange leads to a node')
    const output = new ExchangeOutput({
      partitioning: exchange.partitioning,
      channels: this.#wiring.outgoing(exchange, this.#subtaskIndex),
      subtaskIndex: this.#subtaskIndex,
      keySelector: keySelectorOf(jobGraph, exchange),
      context: new OperatorContext({
        name: target.name,
        subtaskIndex: this.#subtaskIndex,
        ports: run.ports,
        // A key that is no key is refused before the exchange, in the name of the operator behind it.
        deadLetters: this.#deadLettersOf(exchange.from),
        poison,
        place: () => this.#source?.place(),
        declaredAt: target.declaredAt,
      }),
    })
    this.#outputs.push(output)
    return output
  }

  #deadLettersOf(nodeId: number): Input | undefined {
    const { chainedEdges } = this.#options.jobGraph
    const edge = chainedEdges.find(
      (candidate) => candidate.from === nodeId && candidate.tag === deadLetterTag,
    )
    return edge === undefined ? undefined : this.#operators.get(edge.to)?.inputs[edge.input]
  }

  #gate(): InputGate | undefined {
    const edges = this.#options.jobGraph.exchanges.filter(({ toVertex }) => toVertex === this.#vertex.id)
    if (edges.length === 0) return undefined
    const channels = edges.flatMap((exchange) =>
      this.#wiring
        .incoming(exchange, this.#subtaskIndex)
        .map((channel) => ({ channel, input: this.#takeEntrance(exchange.to, exchange.input) })),
    )
    return new InputGate(channels, this.#options.run.ports.scheduler)
  }

  /** The next free entrance of an operator's input: every chained edge and every channel has its own. */
  #takeEntrance(nodeId: number, inputIndex: number): Input {
    const key = `${nodeId}/${inputIndex}`
    let entrances = this.#entrances.get(key)
    if (entrances === undefined) {
      const target = this.#operators.get(nodeId)?.inputs[inputIndex]
      assert(target !== undefined, 'an operator is made before whatever feeds it')
      entrances = [...unionInputs(target, this.#entranceCount(nodeId, inputIndex))]
      this.#entrances.set(key, entrances)
    }
    const entrance = entrances.shift()
    assert(entrance !== undefined, 'every edge and channel has an entrance')
    return entrance
  }

  #entranceCount(nodeId: number, inputIndex: number): number {
    const { chainedEdges, exchanges } = this.#options.jobGraph
    const isHere = (edge: StreamEdge) => edge.to === nodeId && edge.input === inputIndex
    const channels = exchanges
      .filter(isHere)
      .map((exchange) => this.#wiring.incomingCount(exchange, this.#subtaskIndex))
    return chainedEdges.filter(isHere).length + channels.reduce((sum, count) => sum + count, 0)
  }
}

function keySelectorOf(jobGraph: JobGraph, exchange: JobExchange): KeySelector | undefined {
  const binding = jobGraph.streamGraph.bindings.get(exchange.to)
  if (binding === undefined || !('keySelectors' in binding)) return undefined
  return binding.keySelectors[exchange.input]
}
