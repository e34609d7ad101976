/** The heap of times gives them in order. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TimeHeap } from './time-heap.js'

// -0 and 0 are the same time.
const times = fc.double({ noNaN: true }).map((time) => time + 0)

it('gives times in ascending order, however they come and go', () => {
  fc.assert(
    fc.property(fc.array(times), fc.array(fc.option(fc.integer())), (start, steps) => {
      const heap = new TimeHeap(start)
      const model = [...start]
      const takeSmallest = (): void => {
        model.sort((a, b) => a - b)
        expect(heap.peek()).toBe(model.length === 0 ? Number.POSITIVE_INFINITY : (model[0] ?? 0))
        model.shift()
        heap.pop()
      }
      for (const step of steps) {
        if (step === null) {
          takeSmallest()
        } else {
          heap.push(step)
          model.push(step)
        }
        expect(heap.size).toBe(model.length)
      }
      while (model.length > 0) takeSmallest()
      expect(heap.peek()).toBe(Number.POSITIVE_INFINITY)
    }),
  )
})
