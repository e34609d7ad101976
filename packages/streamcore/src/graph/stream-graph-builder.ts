/** The recorder behind the API: collects nodes, edges and functions while a job is being built, then freezes them. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { JsonValue } from '../contracts/source.js'
import { deadLetterEdges } from './dead-letter-edges.js'
import { inputsFirst } from './inputs-first.js'
import { plainJson } from './plain-json.js'
import type { NodeBinding, Partitioning, StreamEdge, StreamGraph, StreamNode } from './stream-graph.js'
import { userFrame } from './user-frame.js'
import { assertValidGraph, assertValidUid } from './validate.js'

type WithoutIdentity<N> = N extends StreamNode ? Omit<N, 'id' | 'name' | 'declaredAt'> : never

/** What the API says of a node; id, name and place are the builder's. */
export type NodeSpec = WithoutIdentity<StreamNode>

/** Where records leave: an output of a node, or the dead letters of all nodes, known only once the plan is complete. */
export type Outlet =
  | { readonly kind: 'node'; readonly from: number; readonly tag: string | undefined }
  | { readonly kind: 'dead-letters' }

/** One input of a node. */
export interface NodeInput {
  readonly outlets: readonly Outlet[]
  readonly partitioning: Partitioning
}

interface RecordedNode {
  readonly spec: NodeSpec
  readonly inputs: readonly NodeInput[]
  readonly binding: NodeBinding
  readonly declaredAt: string | undefined
}

/** Records one plan. Ids given out while recording are provisional; `finish` numbers the nodes inputs first. */
export class StreamGraphBuilder {
  readonly #nodes: RecordedNode[] = []
  readonly #placeOfUid = new Map<string, string>()
  #isFinished = false

  /** Adds a node and gives its provisional id. */
  add(spec: NodeSpec, inputs: readonly NodeInput[], binding: NodeBinding): number {
    const declaredAt = userFrame()
    if (this.#isFinished) {
      throw graphError(
        `Expected no ${spec.kind} after the plan was finished; build the whole plan inside defineJob's function, without await`,
        declaredAt,
      )
    }
    assert(inputs.length <= 2, 'a node has at most two inputs')
    this.#claimUid(spec, declaredAt)
    this.#nodes.push({ spec: withPlainConfig(spec), inputs, binding, declaredAt })
    return this.#nodes.length - 1
  }

  /** The kind of a recorded node. */
  kindOf(id: number): StreamNode['kind'] {
    const node = this.#nodes[id]
    assert(node !== undefined, 'an outlet belongs to a recorded node')
    return node.spec.kind
  }

  /** How many nodes have been recorded. */
  get nodeCount(): number {
    return this.#nodes.length
  }

  /** Checks and freezes the plan; nothing can be added any more. */
  finish(jobName: string, params: JsonValue): StreamGraph {
    this.#isFinished = true
    const edges = this.#edges()
    const order = inputsFirst(this.#nodes.length, edges)
    const idOf = new Map(order.map((recorded, id) => [recorded, id]))
    const final = (recorded: number): number => idOf.get(recorded) ?? recorded
    const nodes = this.#frozenNodes(order)
    const bindings = new Map(order.map((recorded, id) => [id, this.#recorded(recorded).binding]))
    const graph: StreamGraph = Object.freeze({
      jobName,
      params,
      nodes,
      edges: Object.freeze(
        edges
          .map((edge) => Object.freeze({ ...edge, from: final(edge.from), to: final(edge.to) }))
          .toSorted((a, b) => a.to - b.to || a.input - b.input),
      ),
      bindings,
    })
    assertValidGraph(graph)
    return graph
  }

  #claimUid(spec: NodeSpec, declaredAt: string | undefined): void {
    if (!('uid' in spec)) return
    assertValidUid(spec.uid, spec.kind, declaredAt)
    const place = declaredAt ?? 'an unknown place'
    const earlier = this.#placeOfUid.get(spec.uid)
    if (earlier !== undefined) {
      throw graphError(
        `Expected every uid to be unique, got '${spec.uid}' twice: first at ${earlier}, again at ${place}; ` +
          'a uid names state and commit markers, so give one of the two another name',
        declaredAt,
        spec.uid,
      )
    }
    this.#placeOfUid.set(spec.uid, place)
  }

  #edges(): readonly StreamEdge[] {
    const direct: StreamEdge[] = []
    const consumers: { readonly to: number; readonly input: 0 | 1; readonly partitioning: Partitioning }[] =
      []
    for (const [to, node] of this.#nodes.entries()) {
      for (const [index, { outlets, partitioning }] of node.inputs.entries()) {
        const input = index === 0 ? 0 : 1
        for (const outlet of outlets) {
          if (outlet.kind === 'dead-letters') consumers.push({ to, input, partitioning })
          else direct.push({ from: outlet.from, tag: outlet.tag, to, input, partitioning })
        }
      }
    }
    const kinds = this.#nodes.map((node) => node.spec.kind)
    return [...direct, ...deadLetterEdges(kinds, direct, consumers)]
  }

  #frozenNodes(order: readonly number[]): readonly StreamNode[] {
    const taken = new Set(this.#placeOfUid.keys())
    return Object.freeze(
      order.map((recorded, id) => {
        const { spec, declaredAt } = this.#recorded(recorded)
        const place = declaredAt === undefined ? {} : { declaredAt }
        return Object.freeze({ ...spec, id, name: nameOf(spec, id, taken), ...place })
      }),
    )
  }

  #recorded(id: number): RecordedNode {
    const node = this.#nodes[id]
    assert(node !== undefined, 'the order names only recorded nodes')
    return node
  }
}

/** uid, or kind and id, made different from every uid. */
function nameOf(spec: NodeSpec, id: number, taken: ReadonlySet<string>): string {
  if ('uid' in spec) return spec.uid
  let name = `${spec.kind}-${id}`
  while (taken.has(name)) name += '_'
  return name
}

function withPlainConfig(spec: NodeSpec): NodeSpec {
  if (spec.kind !== 'source' && spec.kind !== 'sink') return spec
  return { ...spec, config: plainJson(spec.config, `config of ${spec.kind} '${spec.uid}'`) }
}

function graphError(message: string, declaredAt: string | undefined, uid?: string): StreamcoreError {
  return new StreamcoreError('STREAMCORE_GRAPH', message, {
    details: {
      ...(uid === undefined ? {} : { uid }),
      ...(declaredAt === undefined ? {} : { userLine: declaredAt }),
    },
  })
}
