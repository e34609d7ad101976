/** The checkpoint benches measure what they say: small runs, in this process. */
import { expect, it } from 'vitest'
import { runCheckpoints } from './checkpoint-run.js'
import { checkpointTable } from './checkpoint-table.js'

it.each([
  [false, [false, false]],
  [true, [true, true]],
])(
  'restores what was counted, incremental: %s',
  async (isIncremental, kinds) => {
    const run = await runCheckpoints({
      keys: 2_000,
      isIncremental,
      state: 'heap',
      checkpoints: 2,
      windowMs: 20,
    })
    expect(run.checkpoints.map((checkpoint) => checkpoint.isIncremental)).toEqual(kinds)
    expect(run.checkpoints.every(({ pauses }) => pauses.counts.some((count) => count > 0))).toBe(true)
    expect(run.restoreMs).toBeGreaterThan(0)
  },
  60_000,
)

it('prints spreads and the loss', () => {
  const spread = { min: 1, median: 2, max: 3 }
  const text = checkpointTable([
    {
      bench: 'checkpoint-1m',
      kind: 'full',
      state: 'heap',
      keys: 1_000_000,
      checkpoints: 3,
      sizeBytes: 9_900_001,
      workMs: spread,
      snapshotMs: spread,
      durationMs: spread,
      longestPauseMs: spread,
      pauses: { '<=1': 4, '>1': 0 },
      restoreMs: spread,
      peakRssMb: 300,
      idleRps: { min: 100, median: 100, max: 100 },
      busyRps: { min: 75, median: 75, max: 75 },
    },
  ])
  expect(text).toContain('1,000,000 keys, 3 checkpoints of 9,901 kB')
  expect(text).toContain('longest pause      1.0 / 2.0 / 3.0 ms')
  expect(text).toContain('<=1 ms: 4, >1 ms: 0')
  expect(text).toContain('25 % with one checkpoint per second')
})
