/** A number for every channel of a job, the same in every thread of a run. */
import { assert } from '../contracts/assert.js'
import type { JobExchange, JobGraph } from '../graph/job-graph.js'

/** Numbers the channels of all exchanges, producers by consumers. */
export class ChannelNumbers {
  readonly #firsts = new Map<JobExchange, { readonly number: number; readonly consumers: number }>()

  constructor(jobGraph: JobGraph) {
    let number = 0
    for (const exchange of jobGraph.exchanges) {
      const producers = jobGraph.vertices[exchange.fromVertex]?.parallelism ?? 0
      const consumers = jobGraph.vertices[exchange.toVertex]?.parallelism ?? 0
      this.#firsts.set(exchange, { number, consumers })
      number += producers * consumers
    }
  }

  /** The channel between two subtasks. */
  numberOf(exchange: JobExchange, from: number, to: number): number {
    const first = this.#firsts.get(exchange)
    assert(first !== undefined, 'the exchanges of one plan are numbered together')
    return first.number + from * first.consumers + to
  }
}
