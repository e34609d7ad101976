// Plants one bug after the other and counts the seeds the simulator needs to find it: `npm run mutants`.
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { engineMutants } from './engine-mutants.mjs'

const folder = dirname(fileURLToPath(import.meta.url))
const source = join(folder, '..', 'src')
const output = join(folder, '..', '.cache', 'mutants')
/** A seed that takes longer hangs. */
const seedTimeoutMs = 60_000

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run mutants [-- --seeds <n>] [--only <words>]
Plants each bug of engine-mutants.mjs into the engine, runs the simulator and prints the seeds until it was found.
Ends with 1 when a bug is not found within --seeds (2000), when its text is not in the code any more, or when the
unchanged engine fails.`)
  process.exit(0)
}
process.exitCode = await main(Number(values.seeds), values.only)

/** @param {number} seeds @param {string | undefined} only */
async function main(seeds, only) {
  await rm(output, { recursive: true, force: true })
  await mkdir(output, { recursive: true })
  const chosen = engineMutants.filter(({ name }) => only === undefined || name.includes(only))
  const width = Math.max(...chosen.map(({ name }) => name.length))
  for (const inThreads of new Set(chosen.map((mutant) => mutant.inThreads ?? false))) {
    const control = await simulate({ inThreads }, 'unchanged', Math.min(seeds, 300))
    if (control.seed === 0) continue
    const where = inThreads ? 'in threads ' : ''
    console.log(`the unchanged engine ${where}fails at seed ${control.seed}: ${control.violation}`)
    return 1
  }
  const missed = []
  await inPairs(chosen, async (mutant) => {
    const file = `mutant-${engineMutants.indexOf(mutant)}`
    const { seed, violation } = await simulate(mutant, file, seeds)
    if (seed === 0) missed.push(mutant.name)
    const found =
      seed === 0
        ? `NOT FOUND in ${seeds} seeds`
        : `${String(seed).padStart(5)} seeds  ${violation.slice(0, 100)}`
    console.log(`${mutant.name.padEnd(width)}  ${found}`)
  })
  console.log(`${chosen.length - missed.length} of ${chosen.length} planted bugs found`)
  return missed.length === 0 ? 0 : 1
}

/**
 * Two at a time.
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<void>} work
 */
async function inPairs(items, work) {
  const left = [...items]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all([worker(), worker()])
}

/** @param {Partial<import('./engine-mutants.mjs').Mutant>} mutant without a file nothing is planted */
async function simulate(mutant, name, seeds) {
  const outfile = join(output, `${name}.mjs`)
  let isPlanted = mutant.file === undefined
  await build({
    entryPoints: [join(folder, 'probe-main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['msgpackr'],
    logLevel: 'error',
    plugins: [
      {
        name: 'plant',
        setup: (setup) => {
          setup.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
            const text = await readFile(path, 'utf8')
            if (relative(source, path) !== mutant.file) return { contents: text, loader: 'ts' }
            const count = text.split(mutant.find).length - 1
            if (count !== 1)
              throw new Error(`'${mutant.name}': expected its text once in ${mutant.file}, got ${count}`)
            isPlanted = true
            return { contents: text.replace(mutant.find, () => mutant.replace), loader: 'ts' }
          })
        },
      },
    ],
  })
  if (!isPlanted) throw new Error(`'${mutant.name}': ${mutant.file} is not part of the simulation`)
  return await run(outfile, seeds, mutant.inThreads ? ['threads'] : [])
}

/** @returns {Promise<{ seed: number, violation: string }>} */
async function run(file, seeds, args) {
  const child = spawn(process.execPath, [file, String(seeds), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), seedTimeoutMs)
  let text = ''
  for await (const chunk of child.stdout) {
    text += chunk
    timer.refresh()
  }
  clearTimeout(timer)
  const line = text.trim().split('\n').at(-1) ?? ''
  // A child that dies or hangs says no more than the seed it was at: that is a finding, too.
  return line.startsWith('{')
    ? JSON.parse(line)
    : { seed: Number(line) || 1, violation: 'the simulation itself died' }
}
