// Examples are found where they stand; a wrong one is reported with its line.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkExamples, findExamples } from './doc-examples.mjs'

const fence = '```'

function markdown(...blocks) {
  return blocks.map(([info, code]) => `Some words.\n\n${fence}${info}\n${code}\n${fence}\n`).join('\n')
}

function checked(text) {
  const root = mkdtempSync(join(tmpdir(), 'doc-examples-'))
  const compilerOptions = {
    target: 'ES2022',
    module: 'nodenext',
    strict: true,
    types: [],
    skipLibCheck: true,
  }
  writeFileSync(join(root, 'tsconfig.base.json'), JSON.stringify({ compilerOptions }))
  return checkExamples(findExamples('a.md', text), join(root, 'check'))
}

const hello = "declare const console: { log(text: string): void }\nconsole.log('hello')"

describe('examples in Markdown', () => {
  it('finds ts fences with their lines, leaves out sketches and other languages', () => {
    const found = findExamples('a.md', markdown(['ts', 'const a = 1'], ['sh', 'ls'], ['ts no-check', 'x y']))
    expect(found.map((each) => each.origin)).toEqual(['a.md:4'])
  })

  it('accepts an example that compiles', () => {
    expect(checked(markdown(['ts', 'export const a: number = 1']))).toEqual([])
  })

  it('reports the line in the Markdown file of one that does not', () => {
    const problems = checked(markdown(['ts', 'export const a = 1\nexport const b: number = "two"']))
    expect(problems).toEqual([expect.stringMatching(/^a\.md:5: Type 'string' is not assignable/)])
  })

  it('runs what is marked and compares its output with the text below it', () => {
    const shown = (output) => `${fence}ts run\n${hello}\n${fence}\n\n${fence}text\n${output}\n${fence}\n`
    expect(checked(shown('hello'))).toEqual([])
    expect(checked(shown('goodbye'))).toHaveLength(1)
  })

  it('reports a marked example that fails', () => {
    expect(checked(markdown(['ts run', "throw new Error('no')"]))).toHaveLength(1)
  })
})
