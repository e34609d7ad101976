// Plants one bug of the resolver after the other and runs its tests: `npm run mutants:resolver`.
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const folder = dirname(fileURLToPath(import.meta.url))
const root = join(folder, '..', '..', '..')
const timeoutMs = 180_000

const { values } = parseArgs({
  options: { only: { type: 'string' }, help: { type: 'boolean', default: false } },
})
if (values.help) {
  console.log(`npm run mutants:resolver [-- --only <words>]
Plants each bug of resolver-mutants.ts and runs the tests named there; ends with 1 when they pass all the same.`)
  process.exit(0)
}

const mutants = await listOfMutants()
const missed = []
let count = 0
for (const mutant of mutants) {
  if (values.only !== undefined && !mutant.name.includes(values.only)) continue
  count++
  const isFound = await testsFail(mutant)
  if (!isFound) missed.push(mutant.name)
  console.log(`${isFound ? 'found    ' : 'NOT FOUND'}  ${mutant.name}`)
}
console.log(`${count - missed.length} of ${count} planted bugs found`)
process.exitCode = missed.length === 0 ? 0 : 1

async function listOfMutants() {
  const outfile = join(root, 'node_modules', '.cache', 'resolver-mutants.mjs')
  await mkdir(dirname(outfile), { recursive: true })
  await build({
    entryPoints: [join(folder, 'resolver-mutants.ts')],
    outfile,
    format: 'esm',
    logLevel: 'error',
  })
  const { resolverMutants } = await import(pathToFileURL(outfile).href)
  return resolverMutants
}

async function testsFail({ name, file, find, replace, tests: files }) {
  const tests = files.map((test) => `apps/banking-import/${test}`)
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--config',
      join(root, 'scripts', 'mutants', 'vitest.config.ts'),
      ...tests,
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        STREAMCORE_MUTANT: JSON.stringify({ name, path: join(folder, '..', file), find, replace }),
        NO_COLOR: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearTimeout(timer)
  // Only a failing test is a bug that was found: a text that is not there, or a crash of the runner, is not.
  if (code !== 0 && !/Tests\s+\d+ failed/.test(output)) throw new Error(`'${name}': ${output.slice(-600)}`)
  return code !== 0
}
