// TypeScript examples in Markdown: found, compiled as a user would, and run where they are marked `ts run`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import ts from 'typescript'

const runMsMax = 60_000

/**
 * @typedef {object} Example
 * @property {string} origin Markdown file and line of its first code line, `docs/a.md:12`
 * @property {string} file Markdown file
 * @property {number} line line number of its first code line
 * @property {string} code
 * @property {boolean} isRun whether the fence says `ts run`
 * @property {string | undefined} output what it must print: the `text` fence that follows at once
 */

/** The `ts` fences of one Markdown text; `ts no-check` marks a sketch and is left out. @returns {Example[]} */
export function findExamples(file, markdown) {
  const fences = [...markdown.matchAll(/^```([^\n]*)\n([\s\S]*?)^```[ \t]*$/gm)]
  return fences.flatMap((fence, index) => {
    const [language, ...marks] = fence[1].trim().split(/\s+/)
    if (language !== 'ts' || marks.includes('no-check')) return []
    const line = markdown.slice(0, fence.index).split('\n').length + 1
    const next = fences[index + 1]
    const between = next === undefined ? 'none' : markdown.slice(fence.index + fence[0].length, next.index)
    const output = next?.[1].trim() === 'text' && between.trim() === '' ? next[2] : undefined
    return [{ origin: `${file}:${line}`, file, line, code: fence[2], isRun: marks.includes('run'), output }]
  })
}

/** Compiles all examples in `folder`, runs the marked ones; resolves to one line per problem. @returns {string[]} */
export function checkExamples(examples, folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
    const paths = examples.map((example, index) => {
      const path = join(folder, `example-${index}.ts`)
      writeFileSync(path, example.code)
      return path
    })
    const problems = compile(examples, paths, folder)
    return problems.length > 0
      ? problems
      : examples.flatMap((example, index) => runExample(example, paths[index]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compile(examples, paths, folder) {
  const base = ts.readConfigFile(join(folder, '../tsconfig.base.json'), (path) =>
    readFileSync(path, 'utf8'),
  ).config
  const relaxed = { noUnusedLocals: false, noUnusedParameters: false }
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...base.compilerOptions, ...relaxed },
    join(folder, '..'),
  )
  const program = ts.createProgram(paths, options)
  return paths.flatMap((path, index) => {
    const source = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map((each) => describe(each, examples[index]))
  })
}

function describe(diagnostic, example) {
  const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start)
  return `${example.file}:${example.line + line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`
}

function runExample(example, path) {
  if (!example.isRun) return []
  const program = path.replace(/\.ts$/, '.js')
  writeFileSync(program, transformSync(example.code, { loader: 'ts', target: 'node20', format: 'esm' }).code)
  const cwd = path.replace(/\.ts$/, '')
  mkdirSync(cwd)
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program], {
    cwd,
    encoding: 'utf8',
    timeout: runMsMax,
  })
  if (status !== 0) return [`${example.origin}: ended with ${status ?? error?.message}\n${stderr}`]
  if (example.output === undefined || stdout === example.output) return []
  return [`${example.origin}: expected the output\n${example.output}got\n${stdout}`]
}
