// Tests of restart strategies.
import { describe, expect, it } from 'vitest'
import { StreamcoreError, TerminalError } from '../contracts/errors.js'
import { exponentialDelay, fixedDelay, noRestart, restartDelayMs } from './restart-strategy.js'

const error = new StreamcoreError('STREAMCORE_IO', 'lost')

describe('restartDelayMs', () => {
  it('gives no restart where there is no strategy', () => {
    expect(restartDelayMs(noRestart(), 1, error)).toBeUndefined()
  })

  it('gives the same delay a bounded number of times', () => {
    const delays = [1, 2, 3].map((attempt) => restartDelayMs(fixedDelay(2, 50), attempt, error))
    expect(delays).toEqual([50, 50, undefined])
  })

  it('gives delays that grow up to a bound, a bounded number of times', () => {
    const strategy = exponentialDelay({ attempts: 5, initialDelayMs: 100, maxDelayMs: 500, multiplier: 2 })
    const delays = [1, 2, 3, 4, 5, 6].map((attempt) => restartDelayMs(strategy, attempt, error))
    expect(delays).toEqual([100, 200, 400, 500, 500, undefined])
  })

  it('gives none after an error that no retry can cure', () => {
    const terminal = new TerminalError('STREAMCORE_FENCED', 'taken over')
    expect(restartDelayMs(fixedDelay(9, 1), 1, terminal)).toBeUndefined()
  })
})
