/** The plan as executors run it: nodes fused into vertices (one task each), exchanges between them, and a hash. */
import { assert } from '../contracts/assert.js'
import type { StreamEdge, StreamGraph, StreamNode } from './stream-graph.js'

/** Nodes that run in one task, one instance per subtask. */
export interface JobVertex {
  /** Index in {@link JobGraph.vertices}; sorted so that inputs come first. */
  readonly id: number
  readonly name: string
  readonly parallelism: number
  /** Node ids, inputs first. */
  readonly nodes: readonly number[]
  /** Why the parallelism is what it is, when it is not the job's. */
  readonly parallelismReason?: string
}

/** An edge between two vertices. */
export interface JobExchange extends StreamEdge {
  readonly fromVertex: number
  readonly toVertex: number
}

/** The executable plan. */
export interface JobGraph {
  readonly streamGraph: StreamGraph
  readonly nodes: readonly StreamNode[]
  readonly vertices: readonly JobVertex[]
  /** Edges inside of vertices: calls, not channels. */
  readonly chainedEdges: readonly StreamEdge[]
  /** Edges between vertices: channels. */
  readonly exchanges: readonly JobExchange[]
  readonly parallelism: number
  /** Hash of nodes, edges and params (not of functions, parallelism or declaredAt), 16 hexadecimal digits. */
  readonly hash: string
}

/** The number of subtasks of a node. */
export function parallelismOfNode(jobGraph: JobGraph, nodeId: number): number {
  const vertex = jobGraph.vertices.find(({ nodes }) => nodes.includes(nodeId))
  assert(vertex !== undefined, 'every node of a plan is in a vertex')
  return vertex.parallelism
}
