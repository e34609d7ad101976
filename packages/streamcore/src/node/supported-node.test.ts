// The check that stands before everything else.
import { describe, expect, it } from 'vitest'
import { assertSupportedNode } from './assert-supported-node.js'
import { oldestNode, unsupportedNode } from './supported-node.js'

describe('unsupportedNode', () => {
  it.each(['v20.19.4', 'v20.20.2', 'v22.0.0', 'v24.1.0-nightly'])('accepts %s', (version) => {
    expect(unsupportedNode(version)).toBeUndefined()
  })

  it.each(['v20.19.3', 'v18.20.8', 'v8.17.0', 'v20.9.99'])(
    'refuses %s in one line that names the needed version',
    (version) => {
      const problem = unsupportedNode(version)
      expect(problem).toContain(`Expected Node.js ${oldestNode} or newer, got ${version}`)
      expect(problem).not.toContain('\n')
      expect(() => assertSupportedNode(version)).toThrow(
        expect.objectContaining({ code: 'STREAMCORE_UNSUPPORTED_NODE' }),
      )
    },
  )
})
