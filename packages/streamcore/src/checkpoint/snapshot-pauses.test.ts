/** The histogram of pauses. */
import { expect, it } from 'vitest'
import { addPauses, noPauses, PauseCounter } from './snapshot-pauses.js'

it('puts each pause into the class of its bound and adds up over tasks', () => {
  const [a, b] = [new PauseCounter(), new PauseCounter()]
  for (const pauseMs of [0, 1, 1.5, 19.5]) a.add(pauseMs)
  for (const pauseMs of [100, 100.5]) b.add(pauseMs)
  expect(addPauses(addPauses(noPauses, a.pauses()), b.pauses())).toEqual({
    counts: [2, 1, 0, 0, 1, 0, 1, 1],
    maxMs: 100.5,
    totalMs: 222.5,
  })
  expect(noPauses.maxMs).toBe(0)
})
