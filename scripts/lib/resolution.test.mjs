// Tests run on the sources; what they start runs on the built packages, as it will for users.
import { assert } from 'streamcore'
import { expect, it } from 'vitest'

function stackOf(action) {
  try {
    action()
  } catch (error) {
    return error.stack
  }
  return 'nothing was thrown'
}

it('resolves a package to its sources', () => {
  expect(stackOf(() => assert(false, 'a stack'))).toContain('packages/streamcore/src/')
})

it('leaves the conditions of Node alone, for worker threads and for clients that are CommonJS', () => {
  expect(process.execArgv).not.toContain('--conditions')
})
