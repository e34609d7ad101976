// `npm run docs:check`: every TypeScript example in the documentation compiles; those marked `ts run` do what they say.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { buildWorkspaces } from './lib/build.mjs'
import { checkExamples, findExamples } from './lib/doc-examples.mjs'
import { listWorkspaces, rootFolder } from './lib/workspaces.mjs'

const skipped = new Set(['node_modules', 'dist', '.git', '.turbo', '.docs-check'])

const files = markdownBelow(rootFolder)
const examples = files.flatMap((path) => findExamples(relative(rootFolder, path), readFileSync(path, 'utf8')))
if (examples.some((example) => example.isRun)) await buildWorkspaces(listWorkspaces())
// Inside the repository, so that an example finds the packages by name.
const problems = checkExamples(examples, join(rootFolder, '.docs-check'))
for (const problem of problems) console.error(problem)
console.log(`docs: ${files.length} files, ${examples.length} examples, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

function markdownBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : markdownBelow(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}
