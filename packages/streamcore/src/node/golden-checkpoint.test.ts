// Checkpoints written by every release so far: this program restores them, reads them entry by entry, and goes on rightly.
// `STREAMCORE_WRITE_GOLDEN=format-<n> npx vitest run golden-checkpoint` writes the files of a new format; old ones stay.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RestoredState } from '../checkpoint/restored-state.js'
import { storedEntries } from '../checkpoint/stored-entries.js'
import { jsonNotation } from '../serde/json-notation.js'
import { hasRead } from '../runtime/test/counting-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { withCheckpoint } from './cli/open-checkpoint.js'
import { execute, type ExecuteOptions } from './execute.js'
import { goldenJob, storedCount, totalCount } from './test/golden-job.js'

const goldenFolder = fileURLToPath(new URL('../../test-fixtures/checkpoints', import.meta.url))
const toWrite = process.env['STREAMCORE_WRITE_GOLDEN']

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-golden-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function start(gate: { limit: number }, target: MemoryTarget<string>, options: ExecuteOptions = {}) {
  return await execute(goldenJob(gate, target.sink()), {}, { ...options, logger: new RecordingLogger() })
}

/** All that is committed in the target after a run to the end. */
async function runToEnd(target: MemoryTarget<string>, options: ExecuteOptions): Promise<readonly string[]> {
  await (await start({ limit: totalCount }, target, options)).result
  return [...target.committed].sort()
}

/** Runs to the first checkpoint that every golden one builds on. */
async function runToFirstCheckpoint(gate: { limit: number }, target: MemoryTarget<string>) {
  const job = await start(gate, target, { parallelism: 2, checkpoint: { incremental: true } })
  await hasRead(job, gate.limit, turn)
  await job.checkpoint()
  return job
}

/** Everything in a checkpoint as sorted lines of JSON. */
async function entriesOf(place: string): Promise<readonly string[]> {
  return await withCheckpoint(place, async ({ storage, manifest }) => {
    const lines: string[] = []
    for (const operator of manifest.operators) {
      for await (const entry of storedEntries(new RestoredState(storage, manifest), operator))
        lines.push(JSON.stringify(jsonNotation(entry)))
    }
    return lines.sort()
  })
}

/** A savepoint of a checkpoint that is made of a full snapshot and a delta. */
async function writeGolden(place: string): Promise<void> {
  const gate = { limit: storedCount / 2 }
  const job = await runToFirstCheckpoint(gate, new MemoryTarget<string>())
  gate.limit = storedCount
  await hasRead(job, gate.limit, turn)
  await job.savepoint(place)
  await job.cancel()
  await writeFile(join(place, 'entries.jsonl'), `${(await entriesOf(place)).join('\n')}\n`)
}

const formats =
  toWrite === undefined
    ? (await readdir(goldenFolder)).filter((name) => name.startsWith('format-'))
    : [toWrite]

describe.each(formats)('the golden checkpoint %s', (format) => {
  const golden = join(goldenFolder, format)

  beforeAll(async () => {
    if (toWrite !== undefined) await writeGolden(golden)
  })

  it('holds every kind of entry, and the same ones as when it was written', async () => {
    const lines = (await readFile(join(golden, 'entries.jsonl'), 'utf8')).trimEnd().split('\n')
    expect(await entriesOf(golden)).toEqual(lines)
    const kinds = new Set(lines.map((line) => String(JSON.parse(line).kind)))
    expect([...kinds].toSorted()).toEqual(['message', 'operator', 'pending', 'state', 'timer'])
  })

  it.each([1, 3])(
    'is gone on with at parallelism %i as if nothing had been in between',
    async (parallelism) => {
      const copy = join(directory, 'copy')
      await cp(golden, copy, { recursive: true })
      const target = new MemoryTarget<string>()
      await (await runToFirstCheckpoint({ limit: storedCount / 2 }, target)).cancel()
      const whole = await runToEnd(new MemoryTarget<string>(), {})
      // The target is one checkpoint behind: the golden one still holds the output in between.
      const options = { from: copy, parallelism, state: join(directory, 'state') }
      expect(await runToEnd(target, options)).toEqual(whole)
    },
  )
})
