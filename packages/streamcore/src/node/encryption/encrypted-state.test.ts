// Encrypted state of whole jobs: nothing readable on the disk, keys that are rotated, savepoints that stay sealed.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineJob } from '../../api/define-job.js'
import { levelStateBackend } from '../../leveldb/index.js'
import { mapState, valueState } from '../../contracts/state/state-descriptors.js'
import { countingJob, hasRead, numbers, rowsOf, total } from '../../runtime/test/counting-job.js'
import { MemoryTarget } from '../../testing/memory-target.js'
import { RecordingLogger } from '../../testing/recording-logger.js'
import { directoryState } from '../directory-state.js'
import { type DurableState, execute } from '../execute.js'
import { levelState } from '../level-state.js'
import { aesGcmCipher } from './aes-gcm-cipher.js'
import { encryptedState } from './encrypted-state.js'
import { keyRing, keyRingFile } from './key-ring.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-encryption-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const key = (id: string, first: number) => ({ id, bytes: new Uint8Array(32).fill(first) })
const keys = [key('k1', 1), key('k2', 2), key('k3', 3)]
const canary = 'Geheimnis-4711'

/** The canary is in keys, values, maps, timers' keys, messages and output. */
function canaryJob(gate: { limit: number }, target: MemoryTarget<string>) {
  return defineJob({ name: 'canary' }, (env) => {
    env
      .fromSource(numbers(gate), { uid: 'numbers' })
      .keyBy((value) => `${canary}-key-${value % 10}`)
      .process({
        uid: 'keep',
        state: { last: valueState<string>('last'), all: mapState<string, string>('all') },
        *processElement(value, ctx) {
          ctx.state.last.update(`${canary}-value-${value}`)
          ctx.state.all.put(`${canary}-map-${value}`, canary)
          ctx.timers.registerProcessingTimeTimer(Date.UTC(2200, 0, 1))
          yield `${canary}-output-${value}`
        },
        onTimer() {},
      })
      .sinkTo(target.sink(), { uid: 'out' })
  })
}

/** Every file below a folder that holds the canary. */
async function filesWithCanary(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && (await readFile(path)).includes(canary)) found.push(path)
  }
  return found
}

/** Leaves state with a savepoint in it behind, as a job that was ended in its midst. */
async function leaveState(state: DurableState): Promise<void> {
  const job = await execute(
    canaryJob({ limit: 150 }, new MemoryTarget()),
    {},
    { state, logger: new RecordingLogger() },
  )
  await hasRead(job, 150, turn)
  await job.savepoint(join(directory, 'savepoint'))
  await job.cancel()
}

describe('encrypted state', () => {
  it.each([
    ['a directory', directoryState],
    ['LevelDB', levelState],
  ] as const)(
    'in %s leaves nothing readable, neither in checkpoints nor in savepoints',
    async (_, stateIn) => {
      await leaveState(encryptedState(stateIn(directory), keyRing(keys)))
      expect(await filesWithCanary(directory)).toEqual([])
    },
  )

  it('is what makes the difference', async () => {
    await leaveState(directoryState(directory))
    expect((await filesWithCanary(directory)).length).toBeGreaterThan(1)
  })

  it('goes on through three rotations of its key, and each savepoint is restored with the key that wrote it', async () => {
    const path = join(directory, 'keys.json')
    const state = encryptedState(directoryState(join(directory, 'state')), keyRingFile(path))
    const target = new MemoryTarget<string>()
    const gate = { limit: 0 }
    const logger = new RecordingLogger()
    const savepoints: { place: string; committed: number }[] = []
    await writeKeys(path, 1)
    const job = await execute(countingJob(gate, target.sink()), {}, { state, logger })
    for (const [index, limit] of [100, 150, 200].entries()) {
      // The running job learns of the new key with its next checkpoint.
      await writeKeys(path, index + 1)
      gate.limit = limit
      await hasRead(job, limit, turn)
      const place = join(directory, `savepoint-${index}`)
      await job.savepoint(place)
      savepoints.push({ place, committed: target.committed.length })
    }
    await job.cancel()
    for (const [index, { place, committed }] of savepoints.entries()) {
      const ring = keyRing([keys[index] ?? key('none', 9)])
      const next = new MemoryTarget<string>()
      const options = {
        state: encryptedState(directoryState(join(directory, `next-${index}`)), ring),
        from: place,
        newLineage: true,
        logger,
      }
      await (await execute(countingJob({ limit: total }, next.sink()), {}, options)).result
      // An empty target is what the first savepoint's parent left; the others leave out what was committed before them.
      expect([...next.committed].sort()).toEqual(rowsOf(index === 0 ? 0 : committed, total))
    }
  })

  it('is refused without its key, before anything starts, and the message names the key', async () => {
    const state = encryptedState(directoryState(directory), keyRing(keys.slice(0, 1)))
    await leaveState(state)
    const place = join(directory, 'savepoint')
    const other = encryptedState(directoryState(join(directory, 'new')), keyRing(keys.slice(1)))
    for (const options of [{ state: other, from: place }, { from: place }]) {
      const job = await execute(
        canaryJob({ limit: total }, new MemoryTarget()),
        {},
        { ...options, logger: new RecordingLogger() },
      )
      await expect(job.result).rejects.toThrow(/key 'k1'|encrypted/)
    }
  })

  it('is refused beside working files that are not encrypted', async () => {
    const state = encryptedState(directoryState(directory), keyRing(keys))
    const stateBackend = levelStateBackend({ directory })
    const refused = execute(canaryJob({ limit: 1 }, new MemoryTarget()), {}, { state, stateBackend })
    await expect(refused).rejects.toThrow(
      /`stateBackend` to be heapStateBackend\(\) beside an encrypted state/,
    )
  })

  it('does not take state that is not encrypted for its own', async () => {
    await leaveState(directoryState(join(directory, 'open')))
    await cp(join(directory, 'open'), join(directory, 'sealed'), { recursive: true })
    const state = encryptedState(directoryState(join(directory, 'sealed')), keyRing(keys))
    const job = await execute(
      canaryJob({ limit: total }, new MemoryTarget()),
      {},
      { state, logger: new RecordingLogger() },
    )
    await expect(job.result).rejects.toThrow(/to find the state it left, got none although/)
  })
})

describe('keyRingFile', () => {
  it.each([
    ['{', /a JSON file with `keys`, got something that is no JSON/],
    ['{"keys":[]}', /at least one key/],
    ['{"keys":[{"id":"a","key":"AAAA"}]}', /32 bytes, got 3/],
    ['{"keys":[{"id":"a/b","key":"AAAA"}]}', /key ids of/],
  ])('refuses %s, quoting no key', async (content, message) => {
    const path = join(directory, 'keys.json')
    await writeFile(path, content)
    await expect(keyRingFile(path).newest()).rejects.toThrow(message)
  })
})

describe('aesGcmCipher', () => {
  it.each([0, 1, 1_048_575, 1_048_576, 1_048_577, 3_000_000])(
    'gives %i bytes back, never the same sealed ones',
    async (length) => {
      const cipher = aesGcmCipher(keyRing(keys))
      const plain = Uint8Array.from({ length }, (_, index) => index % 251)
      const sealed = await cipher.seal(plain, 'here')
      expect(Buffer.compare(await cipher.open(sealed, 'here'), plain)).toBe(0)
      expect(Buffer.compare(await cipher.seal(plain, 'here'), sealed)).not.toBe(0)
      await expect(cipher.open(sealed, 'there')).rejects.toMatchObject({
        code: 'STREAMCORE_CHECKPOINT_CORRUPT',
      })
    },
  )

  it('refuses chunks in another order, and a last chunk that is missing', async () => {
    const cipher = aesGcmCipher(keyRing(keys))
    const chunk = 1_048_576 + 28
    const sealed = await cipher.seal(new Uint8Array(3 * 1_048_576), 'here')
    const header = sealed.length - 3 * chunk
    const piece = (index: number) => sealed.subarray(header + index * chunk, header + (index + 1) * chunk)
    const head = sealed.subarray(0, header)
    await expect(cipher.open(Buffer.concat([head, piece(1), piece(0), piece(2)]), 'here')).rejects.toThrow()
    await expect(cipher.open(Buffer.concat([head, piece(0), piece(1)]), 'here')).rejects.toThrow()
  })
})

async function writeKeys(path: string, count: number): Promise<void> {
  const list = keys
    .slice(0, count)
    .map(({ id, bytes }) => ({ id, key: Buffer.from(bytes).toString('base64') }))
  await writeFile(path, JSON.stringify({ keys: list }))
}
