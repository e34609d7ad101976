// The real data of the Czech bank, in random order and at several parallelisms: the target equals a plain ordered load.
import { SeededRandom } from 'streamcore'
import { execute } from 'streamcore/node'
import { RecordingLogger } from 'streamcore/simulation'
import { expect, it } from 'vitest'
import { produceDelivery } from '../src/delivery/produce-delivery.js'
import { readDelivery } from '../src/delivery/read-delivery.js'
import { job } from '../src/job.js'
import { berka } from '../src/model/berka.js'
import { modelGraph } from '../src/model/model-graph.js'
import { outputTopics } from '../src/output-topics.js'
import { compareTarget } from '../src/verify/compare-target.js'
import { PlainLoad } from '../src/verify/plain-load.js'
import { services } from './support/simulated-services.js'

const data = process.env['STREAMCORE_DATA']
const directory = `${data}/banking/berka`

it.skipIf(data === undefined)('imports the Berka files (needs STREAMCORE_DATA)', async () => {
  const { log, target, connections, context, readTopic } = await services(berka)
  const reading = { model: berka, directory, delivery: 1, context }
  const report = await produceDelivery({ ...reading, log, random: new SeededRandom(7) })
  expect(report.rejected).toBe(0)
  const options = {
    connections,
    parallelism: 2,
    logger: new RecordingLogger(),
    checkpoint: { intervalMs: 100 },
  }
  const handle = await execute(job, { model: berka, boundedness: 'bounded' }, options)
  await handle.result
  const { rows, waiting } = (await new PlainLoad(modelGraph(berka)).addAll(readDelivery(reading))).load()
  expect(waiting).toEqual([])
  expect(await compareTarget({ model: berka, expected: rows, target })).toEqual({
    rows: 23_460,
    differences: 0,
    examples: [],
  })
  expect(target.history().foreignKeyViolations).toBe(0)
  expect(target.history().guarded).toBe(0)
  expect(await readTopic(outputTopics(berka).deadLetters)).toEqual([])
})
