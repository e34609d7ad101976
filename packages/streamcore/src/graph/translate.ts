/** Translates the recorded plan into the one executors run: parallelism per node, fused vertices, exchanges between them. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import { maxParallelism } from '../contracts/key-groups.js'
import { graphHash } from './graph-hash.js'
import type { JobExchange, JobGraph, JobVertex } from './job-graph.js'
import type { Partitioning, StreamEdge, StreamGraph, StreamNode } from './stream-graph.js'

/** Options of {@link translate}. */
export interface TranslateOptions {
  readonly parallelism: number
}

interface NodeParallelism {
  readonly count: number
  /** Why it differs from the job's. */
  readonly reason: string | undefined
}

/**
 * The executable plan.
 * @throws StreamcoreError `STREAMCORE_CONFIG` for a parallelism outside 1 … 32,768
 */
export function translate(streamGraph: StreamGraph, options: TranslateOptions): JobGraph {
  const { parallelism } = options
  if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > maxParallelism) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected \`parallelism\` to be an integer from 1 to ${maxParallelism}, got \`${String(parallelism)}\` (${typeof parallelism})`,
      { details: { config: 'parallelism' } },
    )
  }
  const parallelismOf = nodeParallelisms(streamGraph, parallelism)
  const edges = streamGraph.edges.map((edge) => withPartitioning(edge, parallelismOf))
  const vertexOf = assignVertices(streamGraph.nodes, edges, parallelismOf)
  const exchanges: JobExchange[] = []
  const chainedEdges: StreamEdge[] = []
  for (const edge of edges) {
    const fromVertex = at(vertexOf, edge.from)
    const toVertex = at(vertexOf, edge.to)
    if (fromVertex === toVertex) chainedEdges.push(edge)
    else exchanges.push(Object.freeze({ ...edge, fromVertex, toVertex }))
  }
  return Object.freeze({
    streamGraph,
    nodes: streamGraph.nodes,
    vertices: Object.freeze(makeVertices(streamGraph.nodes, vertexOf, parallelismOf)),
    chainedEdges: Object.freeze(chainedEdges),
    exchanges: Object.freeze(exchanges),
    parallelism,
    hash: graphHash(streamGraph),
  })
}

/**
 * The job's parallelism, except for operators that send messages between keys (1) and for what follows them without a
 * keyBy: dealing the records of one subtask out to several would lose the order per key.
 */
function nodeParallelisms(graph: StreamGraph, parallelism: number): readonly NodeParallelism[] {
  const found: NodeParallelism[] = []
  for (const node of graph.nodes) {
    if (parallelism > 1 && 'sendsToKeys' in node && node.sendsToKeys) {
      found.push({ count: 1, reason: `'${node.name}' sends messages between keys (sendsToKeys)` })
      continue
    }
    const leader = graph.edges.find(
      (edge) =>
        edge.to === node.id && edge.partitioning === 'forward' && at(found, edge.from).count < parallelism,
    )
    found.push(
      leader === undefined
        ? { count: parallelism, reason: undefined }
        : {
            count: 1,
            reason: `keeps the order of '${at(graph.nodes, leader.from).name}', which runs at parallelism 1`,
          },
    )
  }
  return found
}

function withPartitioning(edge: StreamEdge, parallelismOf: readonly NodeParallelism[]): StreamEdge {
  const isBetweenEqual = at(parallelismOf, edge.from).count === at(parallelismOf, edge.to).count
  const partitioning: Partitioning =
    edge.partitioning === 'forward' && !isBetweenEqual ? 'rebalance' : edge.partitioning
  return Object.freeze({ ...edge, partitioning })
}

/**
 * The vertex of each node. A node joins its inputs' vertex when all of them are in the same one and no record has to
 * change its subtask; so every circle-free plan gives circle-free vertices, numbered inputs first.
 */
function assignVertices(
  nodes: readonly StreamNode[],
  edges: readonly StreamEdge[],
  parallelismOf: readonly NodeParallelism[],
): readonly number[] {
  const vertexOf: number[] = []
  let vertexCount = 0
  for (const node of nodes) {
    const inputs = edges.filter((edge) => edge.to === node.id)
    const vertices = new Set(inputs.map((edge) => at(vertexOf, edge.from)))
    const [only] = vertices
    const joins =
      only !== undefined && vertices.size === 1 && inputs.every((edge) => isCall(edge, parallelismOf))
    vertexOf.push(joins ? only : vertexCount++)
  }
  return vertexOf
}

function isCall(edge: StreamEdge, parallelismOf: readonly NodeParallelism[]): boolean {
  const from = at(parallelismOf, edge.from).count
  const to = at(parallelismOf, edge.to).count
  return from === to && (edge.partitioning === 'forward' || from === 1)
}

function makeVertices(
  nodes: readonly StreamNode[],
  vertexOf: readonly number[],
  parallelismOf: readonly NodeParallelism[],
): JobVertex[] {
  const members: StreamNode[][] = []
  for (const node of nodes) (members[at(vertexOf, node.id)] ??= []).push(node)
  return members.map((chain, id) => {
    const head = chain[0]
    assert(head !== undefined, 'a vertex has at least one node')
    const { count, reason } = at(parallelismOf, head.id)
    return Object.freeze({
      id,
      name: chain.map((node) => node.name).join(' -> '),
      parallelism: count,
      nodes: Object.freeze(chain.map((node) => node.id)),
      ...(reason === undefined ? {} : { parallelismReason: reason }),
    })
  })
}

/** The entry of a node; node ids are indices and inputs come first, so it is there. */
function at<T>(entries: readonly T[], id: number): T {
  const entry = entries[id]
  assert(entry !== undefined, 'inputs come before what they feed')
  return entry
}
