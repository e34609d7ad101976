// A forward exchange sent its events to all subtasks of the target, of which only one reads: after 1,024 watermarks the job stood still.
import { expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { forMonotonousTimestamps } from '../contracts/watermark-strategy.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { runToEnd } from '../testing/memory-job.js'

it('goes on however many watermarks pass a forward exchange', async () => {
  const target = new MemoryTarget<number>()
  const count = 150_000
  const job = defineJob({ name: 'union' }, (env) => {
    const watermarks = forMonotonousTimestamps((value: number) => value)
    const numbers = Array.from({ length: count }, (_, index) => index)
    const left = env.fromCollection(numbers, { uid: 'left', watermarks })
    const right = env.fromCollection(numbers, { uid: 'right', watermarks })
    left
      .union(right)
      .filter((value) => value === count - 1)
      .sinkTo(target.sink(), { uid: 'out' })
  })
  expect(await runToEnd(job, { parallelism: 2 })).toMatchObject({ status: 'finished' })
  expect(target.committed).toEqual([count - 1, count - 1])
})
