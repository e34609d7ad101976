/** JSON records from and to simulated logs: the source and the transactional sink of the engine's own simulation. */
import { partitionedLogConnection } from '../contracts/connection-kinds.js'
import type { LogAppend, LogRecord, PartitionedLog } from '../contracts/ports/partitioned-log.js'
import type { TwoPhaseCommitSink } from '../contracts/sink.js'
import type { JsonValue, Source } from '../contracts/source.js'

/** A record as JSON bytes. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

/** The value of {@link jsonBytes}; `parse` gives it its type. */
export function fromJsonBytes<T>(bytes: Uint8Array | undefined, parse: (value: unknown) => T): T {
  return parse(JSON.parse(new TextDecoder().decode(bytes)))
}

/** Reads all partitions of a topic up to the end they have at the start, a few records a fetch. */
export function probeSource<T>(options: {
  readonly connection: string
  readonly topic: string
  readonly parse: (value: unknown) => T
  readonly fetchMax: number
}): Source<T> {
  const { connection, topic, parse, fetchMax } = options
  return {
    kind: 'probe-log',
    config: { connection, topic },
    boundedness: 'bounded',
    createEnumerator: async (context) => {
      const log = await partitionedLogConnection.open(context.connections, connection)
      return {
        discover: async () => {
          const count = (await log.partitionCount(topic)) ?? 0
          return Array.from({ length: count }, (_, partition) => ({
            id: `${topic}-${partition}`,
            info: partition,
          }))
        },
        close: async () => {},
      }
    },
    createReader: async (split, position, context) => {
      const log = await partitionedLogConnection.open(context.connections, connection)
      const partition = Number(split.info)
      const { end } = await log.offsets(topic, partition)
      let next = typeof position === 'number' ? position : 0
      return {
        fetch: async (maxRecords) => {
          const start = next
          const maxHere = Math.min(maxRecords, fetchMax)
          const records: readonly LogRecord[] = await log.read(topic, partition, {
            fromOffset: start,
            maxRecords: maxHere,
          })
          next = start + records.length
          return {
            records: records.map((record) => fromJsonBytes(record.value, parse)),
            timestampsMs: records.map((record) => record.timestampMs),
            positionAfter: (index) => start + index + 1,
            endPosition: next,
            placeOf: (index) => `topic ${topic}, partition ${partition}, offset ${start + index}`,
            isEnd: next >= end,
          }
        },
        close: async () => {},
      }
    },
  }
}

/** Writes records into one topic, all of a checkpoint in one commit. */
export function probeSink<T extends JsonValue>(options: {
  readonly connection: string
  readonly topic: string
}): TwoPhaseCommitSink<T, JsonValue> {
  const { connection, topic } = options
  return {
    kind: 'probe-log',
    delivery: 'exactly-once',
    config: { connection, topic },
    createWriter: async () => {
      let pending: JsonValue[] = []
      return {
        write: (value) => void pending.push(value),
        prepareCommit: () => {
          const prepared = pending
          pending = []
          return prepared
        },
        pendingBytes: () => pending.length * 64,
        close: async () => {},
      }
    },
    createCommitter: async (context) => {
      const log: PartitionedLog = await partitionedLogConnection.open(context.connections, connection)
      return {
        claim: async (epoch) => await log.claim({ jobId: context.jobId, sinkUid: context.uid }, epoch),
        commit: async (marker, committables) => {
          const records = committables.map(
            (value): LogAppend => ({
              topic,
              partition: 0,
              key: undefined,
              value: jsonBytes(value),
              timestampMs: 0,
            }),
          )
          await log.commit(marker, records)
        },
        close: async () => {},
      }
    },
  }
}
