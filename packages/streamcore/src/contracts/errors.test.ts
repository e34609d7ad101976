// The list of codes and its documentation.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { errorCodes } from './errors.js'

const documentation = readFileSync(
  fileURLToPath(new URL('../../../../docs/errors.md', import.meta.url)),
  'utf8',
)

it('is documented code by code, and nothing else is', () => {
  const documented = [...documentation.matchAll(/^\| `(STREAMCORE_[A-Z_]+)` \|/gm)].map(([, code]) => code)
  expect(new Set(documented)).toEqual(new Set(errorCodes))
  expect(documented).toHaveLength(errorCodes.length)
})
