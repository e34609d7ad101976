/** The channels between stages: one side output per stage that is spoken to. */
import { type OutputTag, outputTag } from 'streamcore'
import { type ModelGraph, nodeOfKey, type Stage } from '../model/model-graph.js'
import type { RecordKey } from '../model/record-key.js'
import type { GateMessage, ResolveMessage } from './messages.js'

/** The side output that leads to a stage's resolve operator. */
export function toResolve(stage: Stage): OutputTag<ResolveMessage> {
  return outputTag(`to-resolve-${stage.name}`)
}

/** The side output that leads to a stage's gate. */
export function toGate(stage: Stage): OutputTag<GateMessage> {
  return outputTag(`to-gate-${stage.name}`)
}

/** Finds the channel to the stage that owns a key. */
export class Routes<M> {
  readonly #graph: ModelGraph
  readonly #tags: readonly OutputTag<M>[]

  constructor(graph: ModelGraph, tagOf: (stage: Stage) => OutputTag<M>) {
    this.#graph = graph
    this.#tags = graph.stages.map(tagOf)
  }

  /** The side output to the stage that owns `key`; undefined when that is `own`: only entities of a cycle refer to their own stage. */
  tagFor(key: RecordKey, own?: Stage): OutputTag<M> | undefined {
    const { stage } = nodeOfKey(this.#graph, key)
    return stage === own ? undefined : this.#tags[stage.index]
  }
}
