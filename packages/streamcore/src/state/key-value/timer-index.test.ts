// The order of timers in memory and in rows, against a sorted list, while pages are being read.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RowStore } from './row-store.js'
import { TestStore } from '../test/test-store.js'
import { isBefore, type NumberedTimer } from './timer-heap.js'
import { TimerIndex } from './timer-index.js'

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), at: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('load' as const), at: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('let' as const), at: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), at: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take all' as const), at: fc.nat(20) }) },
)

it('gives every timer once and in order, whatever comes and goes while a page is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60, size: 'max' }), async (commands) => {
      const store = new TestStore()
      const rows = new RowStore(store)
      const index = new TimerIndex({ prefix: 'te', rows, uid: 'timers', inMemoryMax: 3 })
      let timers: NumberedTimer[] = []

      /** Takes what is loaded, or all there is; gives whether something may be left. */
      async function take(untilMs: number, isPatient: boolean): Promise<void> {
        for (;;) {
          const page = index.load(untilMs)
          if (page !== undefined && !isPatient) return
          if (page !== undefined) await store.idle()
          await page
          if (page !== undefined) continue
          const taken = index.take(untilMs)
          timers.sort((a, b) => (isBefore(a, b) ? -1 : 1))
          const [first] = timers
          expect(taken).toEqual(first !== undefined && first.timestampMs <= untilMs ? first : undefined)
          if (taken === undefined) return
          timers.shift()
        }
      }

      for (const [number, { kind, at }] of commands.entries()) {
        store.isHeld = true
        if (kind === 'add') {
          const timer = { timestampMs: at, number, key: `k${number}` }
          timers.push(timer)
          index.add(timer)
        } else if (kind === 'delete') {
          const timer = timers[at % Math.max(1, timers.length)]
          if (timer === undefined) continue
          timers = timers.filter((each) => each !== timer)
          index.delete(timer)
        } else if (kind === 'load') {
          void index.load(at)
          await Promise.resolve()
        } else if (kind === 'let') {
          const [name] = store.held
          if (name !== undefined) await store.letOne(name)
        } else {
          await take(at, kind === 'take all')
        }
      }
      await take(Number.POSITIVE_INFINITY, true)
      expect(timers).toEqual([])
      expect(index.nextMs()).toBe(Number.POSITIVE_INFINITY)
      await store.idle()
      expect(store.size).toBe(0)
    }),
    { numRuns: 500 },
  )
})

it('notices what comes and goes at any moment while the answer to a page is on its way to it', async () => {
  for (let moment = 0; moment < 12; moment++) {
    const store = new TestStore()
    const rows = new RowStore(store)
    const index = new TimerIndex({ prefix: 'te', rows, uid: 'timers', inMemoryMax: 4 })
    for (let number = 1; number <= 5; number++)
      index.add({ timestampMs: 10 * number, number, key: `k${number}` })
    expect([index.take(20)?.number, index.take(20)?.number]).toEqual([1, 2])
    await store.idle()
    store.isHeld = true
    const page = index.load(30)
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    const answered = store.letOne('entries')
    for (let turn = 0; turn < moment; turn++) await Promise.resolve()
    index.delete({ timestampMs: 40, number: 4 })
    index.add({ timestampMs: 45, number: 6, key: 'k6' })
    await answered
    await page
    await store.idle()
    const taken: (number | undefined)[] = []
    for (let round = 0; round < 4; round++) {
      await index.load(100)
      taken.push(index.take(100)?.number)
    }
    expect(taken, `moment ${moment}`).toEqual([3, 6, 5, undefined])
  }
})
