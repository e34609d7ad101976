/** Turns "the dead letters of the whole job" into edges, once all nodes are known. */
import { deadLetterTag, type StreamEdge, type StreamNode } from './stream-graph.js'

/** An input that takes all dead letters. */
export type DeadLetterConsumer = Pick<StreamEdge, 'to' | 'input' | 'partitioning'>

/**
 * Edges from every node that can refuse records to each consumer. Nodes downstream of a consumer are left out, as the
 * plan must not become a circle: what they refuse fails the job.
 */
export function deadLetterEdges(
  kinds: readonly StreamNode['kind'][],
  edges: readonly StreamEdge[],
  consumers: readonly DeadLetterConsumer[],
): readonly StreamEdge[] {
  if (consumers.length === 0) return []
  const downstream = reachableFrom(
    consumers.map((consumer) => consumer.to),
    edges,
  )
  const refusing = [...kinds.keys()].filter((id) => kinds[id] !== 'sink' && !downstream.has(id))
  return consumers.flatMap((consumer) => refusing.map((from) => ({ from, tag: deadLetterTag, ...consumer })))
}

function reachableFrom(starts: readonly number[], edges: readonly StreamEdge[]): ReadonlySet<number> {
  const reached = new Set(starts)
  // A Set iterates what is added on the way; it ends because each node is added once.
  for (const id of reached) {
    for (const edge of edges) if (edge.from === id) reached.add(edge.to)
  }
  return reached
}
