// A job without durable state that failed while a commit was under way delivered the output of that commit a second time.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import type { Sink } from '../contracts/sink.js'
import { startInMemory } from '../testing/memory-job.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { nextMacrotask } from '../testing/turn-scheduler.js'

describe('a job without durable state that fails while a commit is under way', () => {
  it('delivers each record before the failing one once', async () => {
    const target = new MemoryTarget<number>()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let isCommitting = false
    const sink = target.sink()
    const slow: Sink<number> = {
      ...sink,
      createCommitter: async (context) => {
        const committer = await sink.createCommitter(context)
        return {
          claim: (epoch) => committer.claim(epoch),
          commit: async (marker, committables) => {
            isCommitting = true
            await held
            await committer.commit(marker, committables.map(Number))
          },
          close: () => committer.close(),
        }
      },
    }
    let failing = -1
    const job = defineJob({ name: 'fails' }, (env) => {
      env
        .fromCollection(Array.from({ length: 100_000 }, (_, index) => index))
        .map((value) => {
          if (isCommitting && failing < 0) failing = value + 1_000
          if (value === failing) throw new Error('fails')
          return value
        })
        .sinkTo(slow, { uid: 'out' })
    })
    const handle = startInMemory(job)
    const failed = expect(handle.result).rejects.toThrow('fails')
    while (failing < 0) await nextMacrotask()
    for (let turn = 0; turn < 20; turn++) await nextMacrotask()
    letGo()
    await failed
    expect(target.committed).toEqual(Array.from({ length: failing }, (_, index) => index))
  })
})
