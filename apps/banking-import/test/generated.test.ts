// Generated deliveries with every kind of trouble, in random order: the target equals a plain ordered load.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from 'streamcore'
import { execute, NodeFileSystem } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { produceDelivery } from '../src/delivery/produce-delivery.js'
import { readDelivery } from '../src/delivery/read-delivery.js'
import { generate, type GenerateOptions, type GenerateReport } from '../src/generate/generate.js'
import { job } from '../src/job.js'
import { modelGraph } from '../src/model/model-graph.js'
import { parseModel } from '../src/model/model.js'
import { outputTopics } from '../src/output-topics.js'
import { compareTarget } from '../src/verify/compare-target.js'
import { PlainLoad } from '../src/verify/plain-load.js'
import { type Services, services } from './support/simulated-services.js'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-import-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

const trouble = { updates: 0.2, deletes: 0.1, lateParents: 0.1, orphans: 0.02, badLines: 0.01 }
const berka = { like: 'berka', scale: 0.05, movementsPerAccount: 3, deliveries: 3, trouble } as const
const wide = { like: 'wide', scale: 0.15, deliveries: 3, trouble } as const

async function generated(
  options: Pick<GenerateOptions, 'like' | 'scale' | 'deliveries' | 'trouble'>,
): Promise<GenerateReport> {
  return await generate({ ...options, directory, files: new NodeFileSystem(), seed: 5 })
}

async function produceAll(
  { log, context }: Services,
  { model, directories }: GenerateReport,
): Promise<number> {
  let rejected = 0
  for (const [index, each] of directories.entries()) {
    const reading = { model, directory: each, delivery: index + 1, isPartial: index > 0, context }
    rejected += (await produceDelivery({ ...reading, log, random: new SeededRandom(index) })).rejected
  }
  return rejected
}

async function plainLoad({ context }: Services, { model, directories }: GenerateReport) {
  const plain = new PlainLoad(modelGraph(model))
  for (const [index, each] of directories.entries()) {
    await plain.addAll(
      readDelivery({ model, directory: each, delivery: index + 1, isPartial: index > 0, context }),
    )
  }
  return plain.load()
}

describe.each([berka, wide])('an import like $like', (options) => {
  it('ends with the target of a plain ordered load, in any order and with every kind of trouble', async () => {
    const made = await generated(options)
    for (const what of ['deletes', 'badLines', 'orphans', 'lateParents'] as const)
      expect(made[what], what).toBeGreaterThan(0)
    const all = await services(made.model)
    await produceAll(all, made)
    const { connections, target, readTopic } = all
    const running = {
      connections,
      parallelism: 2,
      logger: new RecordingLogger(),
      checkpoint: { intervalMs: 50 },
    }
    await (await execute(job, { model: made.model, boundedness: 'bounded' }, running)).result
    const { rows, waiting, refused } = await plainLoad(all, made)
    expect(await compareTarget({ model: made.model, expected: rows, target })).toEqual({
      rows: rows.size,
      differences: 0,
      examples: [],
    })
    const { foreignKeyViolations, guarded } = target.history()
    expect(foreignKeyViolations).toBe(0)
    // A row that came and went within one transaction is deleted without having been there.
    expect(guarded).toBeLessThanOrEqual(made.deletes)
    expect(waiting.length).toBeGreaterThan(0)
    expect(await readTopic(outputTopics(made.model).deadLetters)).toHaveLength(refused)
    expect(refused).toBe(made.badLines)
  })
})

it('writes the same bytes for the same seed, and a model that can be read back', async () => {
  const { modelFile, directories, model } = await generated(berka)
  const file = join(directories[1] ?? '', 'account.asc')
  const first = await readFile(file)
  await generated(berka)
  expect(await readFile(file)).toEqual(first)
  expect(parseModel(JSON.parse(await readFile(modelFile, 'utf8')))).toEqual(model)
})

it('generates a wide model with 70 tables on 7 levels, composite and optional keys, and a cycle', async () => {
  const { model } = await generated({ ...wide, deliveries: 1 })
  const graph = modelGraph(model)
  expect(model.entities).toHaveLength(70)
  expect(new Set([...graph.nodes.values()].map(({ level }) => level)).size).toBe(7)
  expect(model.entities.some(({ id }) => id.length === 2)).toBe(true)
  expect(model.entities.flatMap(({ foreignKeys }) => foreignKeys).some(({ isOptional }) => isOptional)).toBe(
    true,
  )
  expect(graph.stages.filter(({ isCyclic }) => isCyclic)).toHaveLength(1)
})
