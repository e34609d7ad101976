/** Redistribution of operator state. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redistribute } from './operator-state.js'

const states = fc.array(fc.array(fc.integer(), { maxLength: 6 }), { minLength: 1, maxLength: 5 })
const parallelism = fc.integer({ min: 1, max: 6 })
const ascending = (a: number, b: number): number => a - b

describe('operator state', () => {
  it('of mode list is dealt out evenly, nothing lost or doubled', () => {
    fc.assert(
      fc.property(states, parallelism, (old, count) => {
        const shares = redistribute('list', old, count)
        expect(shares).toHaveLength(count)
        expect(shares.flat().toSorted(ascending)).toEqual(old.flat().toSorted(ascending))
        if (count === old.length) expect(shares).toEqual(old)
        else {
          const sizes = shares.map((share) => share.length)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('of mode union goes to every subtask as a whole', () => {
    expect(redistribute('union', [[1], [], [2, 3]], 2)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  it('of mode broadcast goes to every subtask once', () => {
    expect(redistribute('broadcast', [['rule'], ['rule']], 3)).toEqual([['rule'], ['rule'], ['rule']])
    expect(redistribute('broadcast', [], 2)).toEqual([[], []])
  })

  it('needs a subtask to go to', () => {
    expect(() => redistribute('list', [[1]], 0)).toThrow(/new parallelism is at least 1/)
  })
})
