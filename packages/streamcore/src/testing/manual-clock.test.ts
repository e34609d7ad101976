// Tests of the clock that is set by hand.
import { describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.js'

describe('ManualClock', () => {
  it('wakes sleepers in order of their time, and those of one time in order of their call', async () => {
    const clock = new ManualClock()
    const woken: string[] = []
    const sleeps = [30, 10, 20, 10].map((ms, index) =>
      clock.sleep(ms).then(() => woken.push(`${ms}/${index}`)),
    )
    clock.advance(20)
    await Promise.all(sleeps.slice(1))
    expect(woken).toEqual(['10/1', '10/3', '20/2'])
    expect(clock.nextWakeMs()).toBe(30)
  })

  it('moves both clocks by advance, the wall clock alone by setWall', () => {
    const clock = new ManualClock(1_000)
    clock.advance(5)
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([1_005, 5])
    clock.setWall(0)
    clock.advance(1)
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([1, 6])
  })

  it('cancels a sleep by its signal, before and during it', async () => {
    const clock = new ManualClock()
    const abort = new AbortController()
    const slept = clock.sleep(10, abort.signal)
    abort.abort()
    await expect(slept).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
    await expect(clock.sleep(10, abort.signal)).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
    expect(clock.nextWakeMs()).toBe(Number.POSITIVE_INFINITY)
  })

  it('refuses to go back', () => {
    expect(() => new ManualClock().advance(-1)).toThrow('time goes forward only')
  })
})
