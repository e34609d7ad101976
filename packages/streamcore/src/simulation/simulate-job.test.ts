// simulateJob as a user calls it.
import { describe, expect, it } from 'vitest'
import { defineJob } from '../api/define-job.js'
import { valueState } from '../contracts/state/state-descriptors.js'
import { logScenario } from './log-scenario.js'
import { probeSink, probeSource } from './probe-streams.js'
import { simulated, simulateJob } from './simulate-job.js'

/** Counts words; `stamp` may make the job depend on what the simulator does not control. */
const countWords = (stamp: () => string) =>
  simulated(
    defineJob({ name: 'words' }, (env) => {
      env
        .fromSource(probeSource({ connection: 'log', topic: 'words', parse: String, fetchMax: 5 }), {
          uid: 'words',
        })
        .keyBy((word) => word)
        .process({
          uid: 'count',
          state: { count: valueState<number>('count') },
          *processElement(word, { state }) {
            const count = (state.count.value() ?? 0) + 1
            state.count.update(count)
            yield `${word}${count}${stamp()}`
          },
        })
        .sinkTo(probeSink({ connection: 'log', topic: 'counts' }), { uid: 'counts' })
    }),
  )

const scenario = logScenario({
  input: (random, recordsMax) => ({
    words: Array.from({ length: 1 + random.below(recordsMax) }, () => 'abc'.charAt(random.below(3))),
  }),
  reference: ({ words = [] }) => {
    const counts = new Map<string, number>()
    return {
      counts: words.map(String).map((word) => {
        counts.set(word, (counts.get(word) ?? 0) + 1)
        return `${word}${counts.get(word)}`
      }),
    }
  },
})

describe('simulateJob', () => {
  it('finds nothing wrong with a job that equals its reference', async () => {
    const report = await simulateJob(
      countWords(() => ''),
      { runs: 20, recordsMax: 30, scenario },
    )
    expect(report.failures).toEqual([])
    expect(report.seeds).toBe(20)
  })

  it('shrinks a difference from the reference to few records and no faults', async () => {
    const report = await simulateJob(
      countWords(() => '!'),
      { runs: 20, recordsMax: 30, scenario },
    )
    expect(report.failures).toMatchObject([{ seed: 1, recordsMax: 1, plan: { process: [] } }])
    expect(report.failures[0]?.violations[0]).toMatch(/^counts: lost/)
  })

  it('notices a job that is not deterministic', async () => {
    let calls = 0
    const job = countWords(() => String(calls++))
    await expect(simulateJob(job, { runs: 1, recordsMax: 30, scenario })).rejects.toThrow(/same run twice/)
  })
})
