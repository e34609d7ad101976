// Every call of a small job to its real files fails once, before or after it took effect: the job restarts, and is exactly once.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { StreamcoreError } from '../contracts/errors.js'
import type { ProcessTable } from '../contracts/ports/lease.js'
import { execute } from '../node/execute.js'
import { nodePorts } from '../node/node-ports.js'
import { NodeFileSystem } from '../node/node-file-system.js'
import { fixedDelay } from '../runtime/restart-strategy.js'
import { countingJob, rowsOf, total } from '../runtime/test/counting-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { DirectoryCheckpointStorage } from './directory-checkpoint-storage.js'
import { FileLease } from './file-lease.js'
import { type FailingCall, FailingCalls, failingFileSystem } from './test/failing-file-system.js'

const root = await mkdtemp(join(tmpdir(), 'streamcore-failing-calls-'))
afterAll(() => rm(root, { recursive: true }))

/** Every start is a process of its own, and those before it are gone. */
function processTable(pid: number): ProcessTable {
  return {
    self: () => ({ host: 'host', pid, startedAt: String(pid) }),
    isAlive: async (process) => process.pid === pid,
    kill: async () => {},
  }
}

/** Runs the job, and once more where that fails. */
async function run(failing: FailingCall) {
  const target = new MemoryTarget<string>()
  const calls = new FailingCalls(failing)
  const fileSystem = failingFileSystem(new NodeFileSystem(), calls)
  const directory = join(root, `${failing.number}-${String(failing.hasEffect)}`)
  let starts = 0
  const { clock, digest } = nodePorts({ logger: new RecordingLogger() })
  const start = async () => {
    const processes = processTable(++starts)
    const running = await execute(
      countingJob({ limit: total }, target.sink()),
      {},
      {
        state: {
          openStorage: () => DirectoryCheckpointStorage.open({ fileSystem, digest, directory }),
          lease: async () => new FileLease({ fileSystem, clock, processes, directory }),
        },
        restart: fixedDelay(2, 1),
        checkpoint: { intervalMs: 1, tolerableFailures: 0 },
        logger: new RecordingLogger(),
      },
    )
    return await running.result
  }
  // What fails before the job has ever run may be told at once; then the operator starts it again.
  const first = await start().catch((error: unknown) => {
    expect(error).toBeInstanceOf(StreamcoreError)
    return undefined
  })
  const result = first ?? (await start())
  return { result, calls, committed: [...target.committed].sort() }
}

describe('a job on real files', () => {
  it('is exactly once whichever call fails, and uses no file again that has failed', async () => {
    const undisturbed = await run({ number: 0, reason: 'EIO', hasEffect: false })
    expect(undisturbed.committed).toEqual(rowsOf(0, total))
    const { count } = undisturbed.calls
    expect(count).toBeGreaterThan(30)
    let hits = 0
    for (let number = 1; number <= count; number++) {
      const failing = {
        number,
        reason: number % 2 === 0 ? 'EIO' : 'ENOSPC',
        hasEffect: number % 3 === 0,
      } as const
      const { result, calls, committed } = await run(failing)
      if (calls.count >= number) hits++
      expect(result.status, `call ${number}`).toBe('finished')
      expect(calls.misuses).toEqual([])
      expect(committed, `call ${number}`).toEqual(rowsOf(0, total))
    }
    expect(hits).toBeGreaterThan(30)
  }, 120_000)
})
