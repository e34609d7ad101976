/** A process that commits checkpoint after checkpoint to an embedded log and says so, until it is killed. */
import process from 'node:process'
import { openEmbeddedLog } from '../log/index.js'

const [, , directory = '', epochText = '1'] = process.argv
const sink = { jobId: 'job', sinkUid: 'sink' }
const epoch = Number(epochText)
const log = await openEmbeddedLog(directory)
await log.createTopic('a', { partitions: 2 })
const marker = await log.claim(sink, epoch)
process.stdout.write('ready\n')
for (let checkpointId = (marker?.checkpointId ?? 0) + 1; ; checkpointId++) {
  const value = new TextEncoder().encode(String(checkpointId))
  const records = [0, 1].map((partition) => ({
    topic: 'a',
    partition,
    key: undefined,
    value,
    timestampMs: 0,
  }))
  await log.commit({ ...sink, epoch, checkpointId, madeBy: epoch }, records)
  process.stdout.write(`${checkpointId}\n`)
}
