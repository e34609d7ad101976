// Each habit of style has a file that breaks it, and the check says so.
import { describe, expect, it } from 'vitest'
import { findStructureBreaches } from './structure.mjs'

const good = '/** Turns records into rows. */\n\n/** The number one. */\nexport const one = 1\n'

function breachesOf(path, text = good) {
  return findStructureBreaches([{ path, text }])
}

describe('structure', () => {
  it('accepts a file with a sentence, a doc comment and a name', () => {
    expect(breachesOf('packages/streamcore/src/operators/keyed/map-rows.ts')).toEqual([])
    expect(breachesOf('packages/streamcore/src/operators/map.integration.test.ts')).toEqual([])
    expect(breachesOf('packages/streamcore/tsup.config.ts')).toEqual([])
    expect(breachesOf('packages/streamcore/src/testing/contracts/log.contract.ts')).toEqual([])
  })

  it.each(['utils', 'helpers', 'common', 'types', 'MapRows', 'map_rows'])(
    'refuses the file name %s',
    (name) => {
      expect(breachesOf(`packages/streamcore/src/operators/${name}.ts`)).toHaveLength(1)
    },
  )

  it('refuses a folder that names no idea, and folders three deep', () => {
    expect(breachesOf('packages/streamcore/src/utils/map.ts')).toHaveLength(1)
    expect(breachesOf('packages/streamcore/src/a/b/c/map.ts')).toHaveLength(1)
  })

  it('refuses a file without an opening sentence', () => {
    expect(breachesOf('apps/x/src/map.ts', 'export const one = 1\n')).toHaveLength(1)
    expect(breachesOf('apps/x/src/map.test.ts', 'export const one = 1\n')).toHaveLength(1)
  })

  it('sees the sentence below a shebang', () => {
    expect(breachesOf('apps/x/src/main.ts', '#!/usr/bin/env node\n// Starts the job.\nexport {}\n')).toEqual(
      [],
    )
  })

  it('refuses star exports, as namespace too', () => {
    const text = `// Table of contents.\nexport * from './a.js'\nexport * as b from './b.js'\n`
    expect(breachesOf('packages/streamcore/src/index.ts', text)).toHaveLength(2)
  })

  it('refuses logic in an index file', () => {
    expect(breachesOf('packages/streamcore/src/index.ts')).toHaveLength(1)
  })

  it('wants a doc comment on every exported name of a package, on the first of several overloads', () => {
    const text = [
      '// Numbers and more.',
      'const zero = 0',
      'export const one = 1',
      'export interface Two {}',
      'export function three(): void {}',
      '/** Four. */',
      'export function four(): number',
      'export function four(a: number): number',
      'export function four(a = zero): number { return a }',
    ].join('\n')
    expect(breachesOf('packages/streamcore/src/numbers.ts', text)).toHaveLength(3)
    expect(breachesOf('apps/x/src/numbers.ts', text)).toEqual([])
  })
})
