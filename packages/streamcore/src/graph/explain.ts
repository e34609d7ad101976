/** Prints a plan: for people as a tree, for programs as plain data. */
import { assert } from '../contracts/assert.js'
import { durationText } from '../contracts/duration.js'
import type { JsonValue } from '../contracts/source.js'
import type { JobExchange, JobGraph, JobVertex } from './job-graph.js'
import { canonicalJson } from './plain-json.js'
import { deadLetterTag, hasTwoInputs, type StreamEdge, type StreamNode } from './stream-graph.js'
import { graphWarnings } from './validate.js'
import { workerOfSubtask } from './worker-of-subtask.js'

/** A vertex with its nodes in place. */
export interface ExplainedVertex {
  readonly id: number
  readonly name: string
  readonly parallelism: number
  readonly parallelismReason?: string
  readonly operators: readonly StreamNode[]
  readonly calls: readonly StreamEdge[]
}

/** A plan as plain data, for tools. */
export interface ExplainedPlan {
  readonly job: string
  readonly params: JsonValue
  readonly parallelism: number
  readonly hash: string
  readonly vertices: readonly ExplainedVertex[]
  readonly exchanges: readonly JobExchange[]
  readonly warnings: readonly string[]
}

/** The plan as data that JSON can carry. */
export function explainJson(jobGraph: JobGraph): ExplainedPlan {
  return {
    job: jobGraph.streamGraph.jobName,
    params: jobGraph.streamGraph.params,
    parallelism: jobGraph.parallelism,
    hash: jobGraph.hash,
    vertices: jobGraph.vertices.map(({ nodes, ...vertex }) => ({
      ...vertex,
      operators: nodes.map((id) => nodeOf(jobGraph, id)),
      calls: jobGraph.chainedEdges.filter((edge) => nodes.includes(edge.to)),
    })),
    exchanges: jobGraph.exchanges,
    warnings: graphWarnings(jobGraph.streamGraph),
  }
}

/** Options of {@link explainText}. */
export interface ExplainOptions {
  /** Threads that run the subtasks; 1 unless told. */
  readonly workers?: number
}

/**
 * The plan as text: a block per vertex (one task), below it what comes in through channels, then its operators as a tree
 * of calls. Names are those of messages and metrics.
 */
export function explainText(jobGraph: JobGraph, { workers = 1 }: ExplainOptions = {}): string {
  const { jobName } = jobGraph.streamGraph
  const warnings = graphWarnings(jobGraph.streamGraph)
  const blocks = [
    `job '${jobName}', parallelism ${jobGraph.parallelism}${workers === 1 ? '' : `, ${workers} workers`}, plan ${jobGraph.hash}`,
    ...jobGraph.vertices.map((vertex) => explainVertex(jobGraph, vertex, workers).join('\n')),
    ...(warnings.length === 0 ? [] : [warnings.map((warning) => `warning: ${warning}`).join('\n')]),
  ]
  return `${blocks.join('\n\n')}\n`
}

function explainVertex(jobGraph: JobGraph, vertex: JobVertex, workers: number): readonly string[] {
  const reason = vertex.parallelismReason === undefined ? '' : `: ${vertex.parallelismReason}`
  const incoming = jobGraph.exchanges.filter((exchange) => exchange.toVertex === vertex.id)
  const lines = [`vertex ${vertex.id}, parallelism ${vertex.parallelism}${reason}`]
  for (const edge of incoming) {
    lines.push(
      `  <= ${outletText(jobGraph, edge)}, ${edge.partitioning}${inputText(jobGraph, edge)}${crossingText(jobGraph, edge, workers)}`,
    )
  }
  const printed = new Set<number>()
  const print = (id: number, depth: number, via: string): void => {
    const node = nodeOf(jobGraph, id)
    const indent = `  ${'   '.repeat(depth)}${depth === 0 ? '' : '-> '}`
    if (printed.has(id)) {
      lines.push(`${indent}${via}${node.name} (see above)`)
      return
    }
    printed.add(id)
    lines.push(`${indent}${via}${nodeText(node)}`)
    for (const edge of jobGraph.chainedEdges) {
      if (edge.from === id) print(edge.to, depth + 1, viaText(jobGraph, edge))
    }
  }
  // Only the first node can be without a call from inside its vertex: the others joined because of their inputs.
  const [head] = vertex.nodes
  assert(head !== undefined, 'a vertex has at least one node')
  print(head, 0, '')
  return lines
}

function nodeText(node: StreamNode): string {
  switch (node.kind) {
    case 'source':
      return `${node.name}: source ${node.sourceKind}, ${node.boundedness} ${canonicalJson(node.config)}`
    case 'sink':
      return `${node.name}: sink ${node.sinkKind}, ${node.delivery} ${canonicalJson(node.config)}`
    case 'map':
    case 'filter':
    case 'flatMap':
      return `${node.name}: ${node.kind}`
    default: {
      const states = node.states.map(
        ({ name, kind, ttl }) =>
          `${name} (${kind}${ttl === undefined ? '' : `, ttl ${durationText(ttl.timeMs)}`})`,
      )
      return `${node.name}: ${node.kind}${states.length === 0 ? '' : `, state ${states.join(', ')}`}`
    }
  }
}

function viaText(jobGraph: JobGraph, edge: StreamEdge): string {
  const parts = [
    ...(edge.tag === undefined ? [] : [tagText(edge.tag)]),
    ...(edge.partitioning === 'forward' ? [] : [edge.partitioning]),
    ...(hasTwoInputs(nodeOf(jobGraph, edge.to).kind) ? [`input ${edge.input + 1}`] : []),
  ]
  return parts.length === 0 ? '' : `[${parts.join(', ')}] `
}

/** How many of the channels of an exchange lead from one worker to another. */
function crossingText(jobGraph: JobGraph, exchange: JobExchange, workers: number): string {
  if (workers === 1) return ''
  const producers = jobGraph.vertices[exchange.fromVertex]?.parallelism ?? 0
  const consumers = jobGraph.vertices[exchange.toVertex]?.parallelism ?? 0
  let crossing = 0
  for (let from = 0; from < producers && exchange.partitioning !== 'forward'; from++) {
    for (let to = 0; to < consumers; to++) {
      if (workerOfSubtask(from, workers) !== workerOfSubtask(to, workers)) crossing++
    }
  }
  if (crossing === 0) return ', stays in its worker'
  return `, ${Math.round((100 * crossing) / (producers * consumers))} % crosses workers`
}

function outletText(jobGraph: JobGraph, edge: StreamEdge): string {
  const { name } = nodeOf(jobGraph, edge.from)
  return edge.tag === undefined ? name : `${name}, ${tagText(edge.tag)}`
}

function inputText(jobGraph: JobGraph, edge: StreamEdge): string {
  return hasTwoInputs(nodeOf(jobGraph, edge.to).kind) ? `, input ${edge.input + 1}` : ''
}

function tagText(tag: string): string {
  return tag === deadLetterTag ? 'dead letters' : `side output '${tag}'`
}

function nodeOf(jobGraph: JobGraph, id: number): StreamNode {
  const node = jobGraph.nodes[id]
  assert(node !== undefined, 'vertices and edges name nodes of the plan')
  return node
}
