// A timer months away fired at once, again and again: Node.js takes what does not fit into 31 bits for 1 ms.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { NodeClock } from './node-clock.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const dayMs = 86_400_000

it('sleeps for a hundred days', async () => {
  let isAwake = false
  const sleeping = new NodeClock().sleep(100 * dayMs).then(() => (isAwake = true))
  await vi.advanceTimersByTimeAsync(100 * dayMs - 1)
  expect(isAwake).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await sleeping).toBe(true)
})

it('can be woken up after the first month', async () => {
  const abort = new AbortController()
  const sleeping = new NodeClock().sleep(Number.POSITIVE_INFINITY, abort.signal)
  const refused = expect(sleeping).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
  await vi.advanceTimersByTimeAsync(40 * dayMs)
  abort.abort()
  await refused
})
