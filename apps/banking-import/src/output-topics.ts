/** The topics into which an import writes what is not a row of the target. */
import type { PartitionedLog } from 'streamcore'
import type { Model } from './model/model.js'

/** Names of the output topics. */
export interface OutputTopics {
  /** What could not be used, with place and reason. */
  readonly deadLetters: string
  /** What became of each version. */
  readonly audit: string
  /** Changes of the waiting table. */
  readonly waiting: string
  /** Deliveries that are not complete, where they are handed over as a whole. */
  readonly held: string
}

/** The output topics of a model. */
export function outputTopics({ name }: Model): OutputTopics {
  return {
    deadLetters: `${name}-dead-letters`,
    audit: `${name}-audit`,
    waiting: `${name}-waiting`,
    held: `${name}-held`,
  }
}

/** Creates them; existing ones are fine. */
export async function createOutputTopics(log: PartitionedLog, model: Model): Promise<void> {
  for (const topic of Object.values(outputTopics(model))) await log.createTopic(topic, { partitions: 1 })
}
