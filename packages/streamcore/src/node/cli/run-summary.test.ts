// The last line of a run and its exit code.
import { describe, expect, it } from 'vitest'
import { type EndedRun, exitCodeOf, summaryOf } from './run-summary.js'

const finished: EndedRun = {
  result: { status: 'finished', restarts: 0, completedCheckpoints: 2 },
  series: [
    { kind: 'counter', name: 'records_in_total', labels: { operator: 'a' }, value: 100_000 },
    { kind: 'counter', name: 'records_in_total', labels: { operator: 'b' }, value: 1 },
  ],
  isDurable: false,
  signal: undefined,
  durationMs: 449,
}
const deadLetters = { kind: 'counter', name: 'dead_letters_total', labels: {}, value: 1 } as const
const stopped: EndedRun = { ...finished, result: { ...finished.result, status: 'stopped' } }

describe('summaryOf', () => {
  it('counts records and checkpoints', () => {
    expect(summaryOf(finished)).toBe('job finished: 100,001 records read, 2 checkpoints, 0.4 s')
  })

  it('counts dead letters and restarts when there are any', () => {
    const run = { ...finished, series: [deadLetters], result: { ...finished.result, restarts: 1 } }
    expect(summaryOf(run)).toBe(
      'job finished: 0 records read, 1 dead letter, 2 checkpoints, 1 restart, 0.4 s',
    )
  })
})

describe('exitCodeOf', () => {
  it('is 0 for a job that finished, and for one that stopped with state to go on from', () => {
    expect(exitCodeOf(finished)).toBe(0)
    expect(exitCodeOf({ ...stopped, isDurable: true, signal: 'SIGTERM' })).toBe(0)
  })

  it('is not 0 when a stop leaves nothing to go on from', () => {
    expect(exitCodeOf({ ...stopped, signal: 'SIGTERM' })).toBe(143)
    expect(exitCodeOf({ ...stopped, signal: 'SIGINT' })).toBe(130)
    expect(exitCodeOf(stopped)).toBe(1)
  })
})
