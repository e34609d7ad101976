// The working files of a running job are damaged behind its back: it starts again from its checkpoint, and never goes on with a wrong value.
import { mkdtemp, rm } from 'node:fs/promises'
import { openSync, readFileSync, readdirSync, writeSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { fixedDelay } from '../runtime/restart-strategy.js'
import { execute } from '../node/execute.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { levelStateBackend } from './level-state-backend.js'

const root = await mkdtemp(join(tmpdir(), 'streamcore-level-state-damage-'))
afterAll(() => rm(root, { recursive: true }))

const keys = 6_000
const numbers = Array.from({ length: 3 * keys }, (_, index) => index)
/** So much that LevelDB writes tables. */
const marker = 'all is well; '
const filling = marker.repeat(330)

/** Counts per key beside a long text; `damage` gets its chance before every record. */
function job(target: MemoryTarget<string>, damage: (value: number) => void) {
  return defineJob({ name: 'damaged' }, (env) => {
    env
      .fromCollection(numbers)
      .keyBy((value) => value % keys)
      .process({
        uid: 'count',
        state: { seen: valueState<{ count: number; text: string }>('seen') },
        *processElement(value, { key, state }) {
          damage(value)
          const before = state.seen.value()
          const count = (before?.count ?? 0) + 1
          state.seen.update({ count, text: filling })
          yield `${key}: ${count}${before === undefined || before.text === filling ? '' : ', a wrong text'}`
        },
      })
      .sinkTo(target.sink(), { uid: 'out' })
  })
}

const expected = numbers.map((value) => `${value % keys}: ${1 + Math.floor(value / keys)}`).sort()

/** The files of a kind in all working directories. */
function filesOf(directory: string, ending: string): readonly string[] {
  return readdirSync(directory, { recursive: true })
    .map((name) => join(directory, String(name)))
    .filter((path) => path.endsWith(ending))
}

interface Damage {
  readonly change: (path: string) => void
  readonly isIncremental: boolean
}

const damages: Record<string, Damage> = {
  'in which bits flip': {
    isIncremental: true,
    change: (path) => {
      const bytes = readFileSync(path)
      const file = openSync(path, 'r+')
      for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 2_000)) {
        writeSync(file, Buffer.of((bytes[at] ?? 0) ^ 1), 0, 1, at)
      }
      closeSync(file)
    },
  },
  // Rows that are gone are missed by the next full snapshot.
  'that are overwritten with zeros': {
    isIncremental: false,
    change: (path) => {
      const file = openSync(path, 'r+')
      const { length } = readFileSync(path)
      writeSync(file, Buffer.alloc(length), 0, length, 0)
      closeSync(file)
    },
  },
}

describe('tables of the working state', () => {
  it.each(Object.entries(damages))(
    '%s make the job start again from its checkpoint',
    async (name, { change, isIncremental }) => {
      const directory = join(root, name.replaceAll(' ', '-'))
      const target = new MemoryTarget<string>()
      let damaged = 0
      const damage = (value: number): void => {
        if (damaged > 0 || value < 2 * keys) return
        for (const path of filesOf(join(directory, 'work'), '.ldb')) {
          change(path)
          damaged++
        }
      }
      const stateBackend = levelStateBackend({ directory: join(directory, 'work'), cacheBytes: 0 })
      const running = await execute(job(target, damage), undefined, {
        stateBackend,
        state: join(directory, 'checkpoints'),
        restart: fixedDelay(3, 1),
        checkpoint: { intervalMs: 20, incremental: isIncremental },
        logger: new RecordingLogger(),
      })
      const { restarts } = await running.result
      expect(damaged).toBeGreaterThan(0)
      expect(restarts).toBeGreaterThan(0)
      expect([...target.committed].sort()).toEqual(expected)
    },
    60_000,
  )
})
