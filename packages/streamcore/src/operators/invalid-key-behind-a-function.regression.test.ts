// An invalid key behind a keyed function was reported in the name of that function, with its record.
import { describe, expect, it } from 'vitest'
import { keyedOperator } from './test/keyed-operator.js'

describe('a record without a key that a keyed function emitted', () => {
  it('is reported by the operator whose key selector refused it', () => {
    const behind = keyedOperator(
      { state: {} },
      { name: 'behind', keySelectors: [{ select: () => Object(undefined).missing }] },
    )
    const [next] = behind.inputs
    const { inputs } = keyedOperator(
      {
        state: {},
        *processElement() {
          yield { made: 'here' }
        },
      },
      { name: 'before', ...(next === undefined ? {} : { output: next }) },
    )
    expect(() => inputs[0]?.processElement({ from: 'source' }, 0)).toThrow(
      /the record has 'made' \(in key selector of operator 'behind'/,
    )
  })
})
