/** Builds the peers on Java with Maven: once, and again only when their sources have changed. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { javaProblem, mavenProblem, type VersionProbe } from './java-tools.js'

/** The Maven modules that hold a peer. */
export type JavaModule = 'flink' | 'jet'

/** Where the sources are, and what is built from them. */
export const javaPeersFolder: string = fileURLToPath(new URL('../../peers/', import.meta.url))

const longestBuildMs = 20 * 60_000

/** How a build is done. */
export interface BuildOptions {
  readonly folder: string
  readonly probe: VersionProbe
  readonly say: (line: string) => void
}

/** Makes sure that the module is built from its present sources; says why that was not possible, or nothing. */
export async function buildJavaModule(
  module: JavaModule,
  { folder, probe, say }: BuildOptions,
): Promise<string | undefined> {
  const problem = javaProblem(probe)
  if (problem !== undefined) return problem
  const fingerprint = fingerprintOf(folder, ['pom.xml', 'workloads', module])
  const stamp = join(folder, module, 'target', 'built-from')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return undefined
  const missing = mavenProblem(probe)
  if (missing !== undefined) return missing
  const log = join(folder, 'target', `build-${module}.log`)
  say(`building ${module} with Maven, the first time with downloads; log: ${log}`)
  const ending = await runMaven(folder, module, log)
  if (ending !== 0) return `its build ended with ${ending}, see ${log}`
  // Only now: a build that was interrupted is done again.
  writeFileSync(stamp, fingerprint)
  return undefined
}

async function runMaven(folder: string, module: JavaModule, log: string): Promise<string | number> {
  mkdirSync(join(folder, 'target'), { recursive: true })
  const output = openSync(log, 'w')
  try {
    const maven = spawn('mvn', ['-q', '-B', '-pl', module, '-am', 'package'], {
      cwd: folder,
      stdio: ['ignore', output, output],
      timeout: longestBuildMs,
    })
    return await new Promise<string | number>((resolve, reject) => {
      maven.once('error', reject)
      maven.once('close', (code, signal) => resolve(signal ?? code ?? 'unknown'))
    })
  } finally {
    closeSync(output)
  }
}

/** Changes with any file, its name included. */
function fingerprintOf(folder: string, parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of parts.flatMap((part) => filesBelow(folder, part))) {
    hash.update(`${path}\n`).update(readFileSync(join(folder, path)))
  }
  return hash.digest('hex')
}

function filesBelow(folder: string, path: string): readonly string[] {
  const absolute = join(folder, path)
  if (path.endsWith('.xml')) return [path]
  return readdirSync(absolute, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [join(path, entry.name)]
      return entry.name === 'target' ? [] : filesBelow(folder, join(path, entry.name))
    })
}
