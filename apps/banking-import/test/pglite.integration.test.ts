// A real database with real foreign keys: generated deliveries into PGlite, its tables made by the model.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlDatabase, pglite } from '@streamcore/connectors/postgres'
import { relationalConnection, SeededRandom } from 'streamcore'
import { execute, NodeFileSystem } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { expect, it } from 'vitest'
import { produceDelivery } from '../src/delivery/produce-delivery.js'
import { readDelivery } from '../src/delivery/read-delivery.js'
import { generate } from '../src/generate/generate.js'
import { importConnections, job } from '../src/job.js'
import { modelGraph } from '../src/model/model-graph.js'
import { createStatements } from '../src/model/table.js'
import { compareTarget } from '../src/verify/compare-target.js'
import { PlainLoad } from '../src/verify/plain-load.js'
import { services } from './support/simulated-services.js'

const trouble = { updates: 0.2, deletes: 0.1, lateParents: 0.1, orphans: 0.02, badLines: 0.01 }

it.each([{ like: 'berka', scale: 0.1 } as const, { like: 'wide', scale: 0.1 } as const])(
  'imports data like $like into PostgreSQL: no foreign key is violated, the tables equal a plain load',
  async (options) => {
    const directory = await mkdtemp(join(tmpdir(), 'banking-pglite-'))
    const files = new NodeFileSystem()
    const { model, directories } = await generate({
      ...options,
      directory,
      files,
      seed: 11,
      deliveries: 3,
      trouble,
    })
    const database = pglite('memory')
    const session = await openSqlDatabase(database)
    // Twice, because an import may find its tables.
    for (const statement of [...createStatements(model), ...createStatements(model)])
      await session.query(statement)
    const { log, context, connections: simulated } = await services(model, 2)
    const connections = { ...simulated, [importConnections.target]: database }
    const plain = new PlainLoad(modelGraph(model))
    for (const [index, each] of directories.entries()) {
      const reading = { model, directory: each, delivery: index + 1, isPartial: index > 0, context }
      await produceDelivery({ ...reading, log, random: new SeededRandom(index) })
      await plain.addAll(readDelivery(reading))
    }
    const running = {
      connections,
      parallelism: 2,
      logger: new RecordingLogger(),
      checkpoint: { intervalMs: 200 },
    }
    await (await execute(job, { model, boundedness: 'bounded' }, running)).result
    const { rows } = plain.load()
    const target = await relationalConnection.open(connections, importConnections.target)
    expect(await compareTarget({ model, expected: rows, target })).toEqual({
      rows: rows.size,
      differences: 0,
      examples: [],
    })
    const rejected = await session.query('select * from streamcore_rejected')
    expect(rejected.rows).toEqual([])
    await rm(directory, { recursive: true })
  },
)
