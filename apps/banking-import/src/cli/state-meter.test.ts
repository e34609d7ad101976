// Measuring a job that fails.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heapStateBackend } from 'streamcore'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { countedBackend } from './state-backend.js'
import { StateMeter } from './state-meter.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-meter-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
}

it('keeps no process that has nothing else to do, however the job ends', async () => {
  const counted = countedBackend(heapStateBackend())
  const meter = new StateMeter({ state: 'heap', counted, working: folder, checkpoints: folder })
  const before = timers()
  await expect(meter.measure(() => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk')
  expect(timers()).toBe(before)
  const { outcome, figures } = await meter.measure(() => Promise.resolve(timers() - before))
  expect(outcome).toBe(1)
  expect(figures).toMatchObject({ state: 'heap', presenceKeys: 0, checkpointBytes: 0 })
  expect(timers()).toBe(before)
})
