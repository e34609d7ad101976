// State in real LevelDB directories: the contract, and what becomes of the directories.
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { StreamcoreError } from '../contracts/errors.js'
import { keyGroupRange } from '../contracts/key-groups.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import type { KeyedStateBackend, KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import { keyRow } from '../state/key-value/row-keys.js'
import { keyedStateBackendContract } from '../testing/contracts/keyed-state-backend.contract.js'
import { startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { LevelKeyValueStore } from './level-key-value-store.js'
import { levelStateBackend } from './level-state-backend.js'

const root = await mkdtemp(join(tmpdir(), 'streamcore-level-state-'))

afterAll(() => rm(root, { recursive: true }))

// The simulated store runs the same code through more courses of events; opening a directory takes a few milliseconds.
const courses = 15

keyedStateBackendContract('LevelDB', levelStateBackend({ directory: join(root, 'a') }), { courses })
keyedStateBackendContract(
  'LevelDB with a cache for nothing',
  levelStateBackend({ directory: join(root, 'b'), cacheBytes: 0, timersInMemory: 2, pageRows: 2 }),
  { courses },
)

describe('the working directory', () => {
  let directory: string
  const keyed = { uid: 'count/clicks', keyGroups: keyGroupRange(0, 1) }

  beforeAll(async () => {
    directory = await mkdtemp(join(root, 'work-'))
  })

  async function open(epoch: number): Promise<KeyedStateBackend> {
    const owner = { jobId: 'clicks', epoch, subtaskIndex: 3 }
    return await levelStateBackend({ directory }).create({ ...keyed, owner })
  }

  it('is gone when the backend is closed, and starts empty', async () => {
    for (let time = 0; time < 2; time++) {
      const backend = await open(7)
      const state = valueState<number>('count').bind(backend)
      backend.setCurrentKey('a')
      expect(state.value()).toBeUndefined()
      state.update(1)
      const [name] = await readdir(join(directory, 'clicks/work', `7-${process.pid}`))
      expect(name).toMatch(/^\d+-count%2Fclicks-3$/)
      await backend.close()
      expect(await readdir(join(directory, 'clicks/work', `7-${process.pid}`))).toEqual([])
    }
  })

  it('starts empty also where a process of the same number and epoch was killed', async () => {
    const work = join(directory, 'clicks/work', `7-${process.pid}`)
    const former = await open(7)
    const [name = ''] = await readdir(work)
    await former.close()
    const left = join(
      work,
      name.replace(/^\d+/, (number) => String(Number(number) + 1)),
    )
    const store = await LevelKeyValueStore.open(left)
    await store.batch([{ kind: 'put', key: keyRow('a'), value: new Uint8Array(8) }], { sync: false })
    await store.close()
    const backend = await open(7)
    const state = valueState<number>('count').bind(backend)
    backend.setCurrentKey('a')
    expect(state.value()).toBeUndefined()
    await backend.close()
    expect(await readdir(work)).toEqual([])
  })

  it('loses what former incarnations and ended processes have left, and nothing else', async () => {
    const work = join(directory, 'clicks/work')
    // No process has such a number.
    const gone = 2 ** 30
    for (const name of [`6-${process.pid}`, `9-${gone}`, `9-${process.pid}`, 'notes']) {
      await mkdir(join(work, name, 'x'), { recursive: true })
      await writeFile(join(work, name, 'x', 'CURRENT'), 'anything')
    }
    const backend = await open(8)
    const left = (await readdir(work)).sort()
    expect(left).toEqual([`8-${process.pid}`, `9-${process.pid}`, 'notes'])
    await backend.close()
    await access(join(work, 'notes', 'x', 'CURRENT'))
  })

  it('says so when it can not be prepared', async () => {
    await writeFile(join(directory, 'file'), '')
    const owner = { jobId: 'file', epoch: 1, subtaskIndex: 0 }
    const opening = levelStateBackend({ directory }).create({ ...keyed, owner })
    await expect(opening).rejects.toMatchObject({
      code: 'STREAMCORE_IO',
      message: expect.stringContaining('what former runs have left'),
    })
  })

  it('is gone when another operator of the job can not be opened', async () => {
    const level = levelStateBackend({ directory })
    const stateBackend: KeyedStateBackendFactory = {
      kind: 'test',
      create: async (options) => {
        if (options.uid === 'a') throw new StreamcoreError('STREAMCORE_IO', 'no space left')
        return await level.create(options)
      },
    }
    const job = defineJob({ name: 'two' }, (env) => {
      const numbers = env.fromCollection([1, 2], { uid: 'numbers' }).keyBy((value) => value)
      for (const uid of ['a', 'b']) {
        numbers
          .reduce({ uid, reduce: (sum, value) => sum + value })
          .sinkTo(new MemoryTarget<number>().sink(), {
            uid: `${uid}-out`,
          })
      }
    })
    const running = startInMemory(job, { stateBackend })
    await expect(running.result).rejects.toThrow('no space left')
    const [epoch = ''] = await readdir(join(directory, 'two/work'))
    expect(await readdir(join(directory, 'two/work', epoch))).toEqual([])
  })
})
