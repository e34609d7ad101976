// The services of an import in memory: a log, a target with foreign keys, and a disk.
import { type Connections, filesConnection, type FileSystem, type SourceContext } from 'streamcore'
import { NodeFileSystem, nodePorts } from 'streamcore/node'
import { SimulatedPartitionedLog, SimulatedRelationalSink } from 'streamcore/simulation'
import { importConnections } from '../../src/job.js'
import type { Model } from '../../src/model/model.js'
import { tablesOf } from '../../src/model/table.js'
import { createOutputTopics } from '../../src/output-topics.js'
import { createTopics } from '../../src/delivery/produce-delivery.js'

/** Everything an import is connected to. */
export interface Services {
  readonly log: SimulatedPartitionedLog
  readonly target: SimulatedRelationalSink
  readonly connections: Connections
  readonly context: SourceContext
  /** All values of a topic, parsed. */
  readTopic(topic: string): Promise<readonly unknown[]>
}

/** Services for a model, with its topics and tables. */
export async function services(
  model: Model,
  partitions = 3,
  files: FileSystem = new NodeFileSystem(),
): Promise<Services> {
  const log = new SimulatedPartitionedLog()
  const target = new SimulatedRelationalSink(tablesOf(model))
  await createTopics(log, model, partitions)
  await createOutputTopics(log, model)
  const connections = {
    [importConnections.log]: log.connection(),
    [importConnections.target]: target.connection(),
    files: filesConnection.connection('test files', () => Promise.resolve(files)),
  }
  return {
    log,
    target,
    connections,
    context: { jobId: 'test', uid: 'test', connections, ports: nodePorts({}) },
    async readTopic(topic) {
      const values: unknown[] = []
      for (let partition = 0; partition < ((await log.partitionCount(topic)) ?? 0); partition += 1) {
        const { start, end } = await log.offsets(topic, partition)
        const records = await log.read(topic, partition, { fromOffset: start, maxRecords: end - start })
        for (const { value } of records) values.push(JSON.parse(new TextDecoder().decode(value)))
      }
      return values
    },
  }
}
