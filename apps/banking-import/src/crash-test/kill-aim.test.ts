// Where kills are aimed.
import { SeededRandom } from 'streamcore'
import { describe, expect, it } from 'vitest'
import { countedPhases, drawAim, KillTally } from './kill-aim.js'

describe('drawAim', () => {
  it('hits every phase about equally often when every aim is met', () => {
    const random = new SeededRandom(3)
    const tally = new KillTally()
    for (let kill = 0; kill < 200; kill += 1)
      tally.add(drawAim(random, tally, { isFirstProcess: false, mayProduce: true }).phase)
    for (const phase of countedPhases) expect(tally.count(phase)).toBeGreaterThan(30)
    expect([tally.total, tally.missing]).toEqual([200, []])
  })

  it('lets the first process of an import restore nothing, and sometimes die while it produces', () => {
    const random = new SeededRandom(4)
    const drawn = Array.from(
      { length: 300 },
      () => drawAim(random, new KillTally(), { isFirstProcess: true, mayProduce: true }).phase,
    )
    expect(new Set(drawn)).toEqual(new Set(['producing', 'running', 'preparing', 'committing']))
  })

  it('never waits for a process to produce where none does', () => {
    const random = new SeededRandom(5)
    const aims = { isFirstProcess: true, mayProduce: false }
    const drawn = Array.from({ length: 300 }, () => drawAim(random, new KillTally(), aims).phase)
    expect(new Set(drawn)).toEqual(new Set(['running', 'preparing', 'committing']))
  })

  it('does not count what dies before the first record', () => {
    const tally = new KillTally()
    tally.add('producing')
    tally.add('running')
    expect([tally.total, tally.missing]).toEqual([1, ['restoring', 'preparing', 'committing']])
    expect(tally.text).toBe('restoring 0, running 1, preparing 0, committing 0')
  })
})
