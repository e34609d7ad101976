/** Where a job's plan begins: sources, and the dead letters of the whole job. */
import type { DeadLetter } from '../contracts/functions/dead-letter.js'
import type { JsonValue, Source } from '../contracts/source.js'
import { noWatermarks, type WatermarkStrategy } from '../contracts/watermark-strategy.js'
import type { StreamGraphBuilder } from '../graph/stream-graph-builder.js'
import { collectionSource } from './collection-source.js'
import { DataStream } from './data-stream.js'
import { StreamOrigin } from './stream-origin.js'

/** Options of `fromSource`. */
export interface FromSourceOptions<T> {
  /** Names the source's positions in checkpoints; keep it across versions of the job. */
  readonly uid: string
  /** Where event time comes from; none by default. */
  readonly watermarks?: WatermarkStrategy<T>
}

/** Options of `fromCollection`. */
export interface FromCollectionOptions<T> {
  /** Default: `collection-` and the number of nodes before it. */
  readonly uid?: string
  readonly watermarks?: WatermarkStrategy<T>
}

/** Given to the function of `defineJob`; it records the plan and runs nothing. */
export class StreamExecutionEnvironment {
  readonly #builder: StreamGraphBuilder

  /** Only for streamcore: an environment comes with `defineJob`. */
  constructor(builder: StreamGraphBuilder) {
    this.#builder = builder
  }

  /** Reads from outside. The record type comes from the source's schema. */
  fromSource<T>(source: Source<T>, options: FromSourceOptions<NoInfer<T>>): DataStream<T> {
    const { uid, watermarks = noWatermarks<T>() } = options
    const { kind: sourceKind, boundedness, config } = source
    const from = this.#builder.add(
      { kind: 'source', uid, sourceKind, boundedness, config, watermarks: describeWatermarks(watermarks) },
      [],
      { kind: 'source', source, watermarks },
    )
    return new DataStream<T>(new StreamOrigin(this.#builder, [{ kind: 'node', from, tag: undefined }]))
  }

  /** Reads values in memory, for examples and tests. */
  fromCollection<T>(values: readonly T[], options: FromCollectionOptions<NoInfer<T>> = {}): DataStream<T> {
    const { uid = `collection-${this.#builder.nodeCount}`, watermarks = noWatermarks<T>() } = options
    return this.fromSource(collectionSource(values), { uid, watermarks })
  }

  /**
   * The records that any operator or source of this job refused, wherever in the plan it is called. Once this stream is
   * read, bad records go here; otherwise they fail the job. What the readers of this stream refuse fails the job.
   */
  deadLetters(): DataStream<DeadLetter> {
    return new DataStream<DeadLetter>(new StreamOrigin(this.#builder, [{ kind: 'dead-letters' }]))
  }
}

/** The plain part of a strategy. */
function describeWatermarks(strategy: WatermarkStrategy<never>): JsonValue {
  const { kind, maxOutOfOrdernessMs, idleAfterMs, timestampMs } = strategy
  return Object.freeze({
    kind,
    maxOutOfOrdernessMs,
    extractsTimestamps: timestampMs !== undefined,
    ...(idleAfterMs === undefined ? {} : { idleAfterMs }),
  })
}
