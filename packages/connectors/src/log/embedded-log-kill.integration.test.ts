// The embedded log under SIGKILL, and against a second process: real processes, real disk.
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleProgram } from '../test/bundle-program.js'
import { kill, startProcess, type TalkingProcess } from '../test/talking-process.js'
import { openEmbeddedLog } from './client/embedded-log-client.js'

let program: string
let directory: string

beforeAll(async () => {
  program = await bundleProgram(new URL('../test/log-writer.ts', import.meta.url))
})
afterAll(() => rm(dirname(program), { recursive: true }))
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-log-kill-'))
})

function startWriter(epoch: number, lineCount: number): Promise<TalkingProcess> {
  return startProcess([program, directory, String(epoch)], lineCount)
}

describe('the embedded log', () => {
  it('keeps every acknowledged commit, and each commit whole, over kills at any moment', async () => {
    for (let epoch = 1; epoch <= 15; epoch++) {
      const writer = await startWriter(epoch, 1 + epoch * 7)
      await kill(writer)
      const acknowledged = Number(writer.lines.at(-1))
      const log = await openEmbeddedLog(directory)
      const marker = await log.claim({ jobId: 'job', sinkUid: 'sink' }, epoch)
      const committed = marker?.checkpointId ?? 0
      expect(committed).toBeGreaterThanOrEqual(acknowledged)
      expect(committed).toBeLessThanOrEqual(acknowledged + 1)
      for (const partition of [0, 1]) {
        expect(await log.offsets('a', partition)).toEqual({ start: 0, end: committed })
        const records = await log.read('a', partition, { fromOffset: 0, maxRecords: committed })
        const values = records.map(({ value }) => Number(new TextDecoder().decode(value)))
        expect(values).toEqual(Array.from({ length: committed }, (_, index) => index + 1))
      }
      await log.close()
    }
    expect((await readdir(directory)).filter((name) => name.startsWith('owner-'))).toEqual([])
    await rm(directory, { recursive: true })
  })

  it('refuses a second process by the pid of the first, which goes on undisturbed', async () => {
    const writer = await startWriter(1, 3)
    const second = openEmbeddedLog(directory)
    await expect(second).rejects.toMatchObject({ code: 'STREAMCORE_LEASE_HELD' })
    await expect(second).rejects.toThrow(`process ${writer.process.pid} has it open`)
    const before = writer.lines.length
    await once(writer.process.stdout, 'data')
    expect(writer.lines.length).toBeGreaterThan(before)
    await kill(writer)
    await (await openEmbeddedLog(directory)).close()
    await rm(directory, { recursive: true })
  })

  it('lets at most one of many processes in that start at once', async () => {
    const writers = await Promise.all([1, 2, 3, 4].map((epoch) => startWriter(epoch, 1)))
    const winners = writers.filter((writer) => writer.lines.includes('ready'))
    expect(winners.length).toBeLessThanOrEqual(1)
    await Promise.all(winners.map(kill))
    await (await openEmbeddedLog(directory)).close()
    await rm(directory, { recursive: true })
  })
})
