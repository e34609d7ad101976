/** Opens embedded logs by their directory: once per process, shared by all its jobs, refused to all others. */
import { join } from 'node:path'
import {
  type CommitMarker,
  type Connection,
  type LogAppend,
  type LogOffsets,
  type LogReadRange,
  type LogRecord,
  type LogSinkId,
  type PartitionedLog,
  partitionedLogConnection,
  type TopicOptions,
} from 'streamcore'
import { type Share, SharedDirectories } from '../../shared-directory/shared-directories-client.js'
import { KeyValuePartitionedLog } from '../key-value-partitioned-log.js'

/** The logs that this process has open. */
const openLogs = new SharedDirectories<KeyValuePartitionedLog>({
  what: 'embedded log',
  open: openLog,
  close: (log) => log.close(),
  isBroken: (log) => log.isBroken,
})

/** A log of topics in a directory of this machine, for `connections` of execute(). */
export function embeddedLog(directory: string): Connection {
  return partitionedLogConnection.connection(`embedded log ${directory}`, () => openEmbeddedLog(directory))
}

/**
 * Opens the log of a directory, or shares it when this process has it open. Close it after use.
 * @throws StreamcoreError `STREAMCORE_LEASE_HELD` naming the process that has it open
 */
export async function openEmbeddedLog(directory: string): Promise<PartitionedLog> {
  return new LogHandle(await openLogs.acquire(directory))
}

async function openLog(path: string): Promise<KeyValuePartitionedLog> {
  const { LevelKeyValueStore } = await import('streamcore/leveldb')
  const store = await LevelKeyValueStore.open(join(path, 'db'))
  try {
    return await KeyValuePartitionedLog.open(store)
  } catch (error) {
    await store.close()
    throw error
  }
}

/** One user's view of a shared log: closing it gives back a share. */
class LogHandle implements PartitionedLog {
  readonly #log: PartitionedLog
  readonly #share: Share<KeyValuePartitionedLog>

  constructor(share: Share<KeyValuePartitionedLog>) {
    this.#log = share.resource
    this.#share = share
  }

  createTopic(topic: string, options: TopicOptions): Promise<void> {
    return this.#log.createTopic(topic, options)
  }

  partitionCount(topic: string): Promise<number | undefined> {
    return this.#log.partitionCount(topic)
  }

  topics(): Promise<readonly string[]> {
    return this.#log.topics()
  }

  read(topic: string, partition: number, range: LogReadRange): Promise<readonly LogRecord[]> {
    return this.#log.read(topic, partition, range)
  }

  offsets(topic: string, partition: number): Promise<LogOffsets> {
    return this.#log.offsets(topic, partition)
  }

  append(records: readonly LogAppend[]): Promise<void> {
    return this.#log.append(records)
  }

  claim(sink: LogSinkId, epoch: number): Promise<CommitMarker | undefined> {
    return this.#log.claim(sink, epoch)
  }

  commit(marker: CommitMarker, records: readonly LogAppend[]): Promise<void> {
    return this.#log.commit(marker, records)
  }

  close(): Promise<void> {
    return this.#share.release()
  }
}
