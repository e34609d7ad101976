/** Where a stream comes from: the outlets of recorded nodes, and the recorder that adds what reads them. */
import { StreamcoreError } from '../contracts/errors.js'
import { deadLetterTag, isProcessKind, type NodeBinding, type Partitioning } from '../graph/stream-graph.js'
import type { NodeInput, NodeSpec, Outlet, StreamGraphBuilder } from '../graph/stream-graph-builder.js'

/** The untyped inside of a stream. Immutable. */
export class StreamOrigin {
  readonly #builder: StreamGraphBuilder
  readonly #outlets: readonly Outlet[]

  constructor(builder: StreamGraphBuilder, outlets: readonly Outlet[]) {
    this.#builder = builder
    this.#outlets = outlets
  }

  /** Adds a node that takes the records as they lie. */
  append(spec: NodeSpec, binding: NodeBinding): StreamOrigin {
    return this.#add(spec, [this.#input('forward')], binding)
  }

  /** Adds a node that takes the records by key. */
  appendKeyed(spec: NodeSpec, binding: NodeBinding): StreamOrigin {
    return this.#add(spec, [this.#input('hash')], binding)
  }

  /** Adds a node with two inputs by key. */
  appendConnected(second: StreamOrigin, spec: NodeSpec, binding: NodeBinding): StreamOrigin {
    this.#assertSamePlan(second, 'connect')
    return this.#add(spec, [this.#input('hash'), second.#input('hash')], binding)
  }

  /** Adds a node that takes the records by key, or as they lie, and beside them all records of the second in every subtask. */
  appendBroadcast(second: StreamOrigin, spec: NodeSpec, binding: NodeBinding): StreamOrigin {
    this.#assertSamePlan(second, 'connect')
    const own = spec.kind === 'keyed-broadcast' ? 'hash' : 'forward'
    return this.#add(spec, [this.#input(own), second.#input('broadcast')], binding)
  }

  /** All outlets of this and the others. */
  join(others: readonly StreamOrigin[]): StreamOrigin {
    for (const other of others) this.#assertSamePlan(other, 'union')
    return new StreamOrigin(this.#builder, [...this.#outlets, ...others.flatMap((other) => other.#outlets)])
  }

  /** The side output of the node whose main output this is. */
  sideOutput(tag: string): StreamOrigin {
    const [outlet, ...rest] = this.#outlets
    const isMainOutput = outlet?.kind === 'node' && outlet.tag === undefined && rest.length === 0
    const kind = isMainOutput ? this.#builder.kindOf(outlet.from) : 'union'
    if (!isMainOutput || kind === 'union' || !isProcessKind(kind)) {
      throw new StreamcoreError(
        'STREAMCORE_GRAPH',
        `Expected getSideOutput('${tag}') to be called on the stream that process() gave, got one of another origin; ` +
          'only process functions have side outputs (ctx.output)',
      )
    }
    if (tag === deadLetterTag) {
      throw new StreamcoreError(
        'STREAMCORE_GRAPH',
        `Expected another tag than '${tag}', which is reserved; the dead letters of the job are env.deadLetters()`,
      )
    }
    return new StreamOrigin(this.#builder, [{ kind: 'node', from: outlet.from, tag }])
  }

  #add(spec: NodeSpec, inputs: readonly NodeInput[], binding: NodeBinding): StreamOrigin {
    const from = this.#builder.add(spec, inputs, binding)
    return new StreamOrigin(this.#builder, [{ kind: 'node', from, tag: undefined }])
  }

  #input(partitioning: Partitioning): NodeInput {
    return { outlets: this.#outlets, partitioning }
  }

  #assertSamePlan(other: StreamOrigin, call: string): void {
    if (other.#builder === this.#builder) return
    throw new StreamcoreError(
      'STREAMCORE_GRAPH',
      `Expected ${call} to be given a stream of the same job, got one of another environment`,
    )
  }
}
