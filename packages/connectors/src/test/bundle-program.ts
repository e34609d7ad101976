/** Makes a program of a TypeScript file, for tests that need a process of its own to kill. */
import { mkdtemp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles a file with the workspace's sources and gives the path of the program. Packages stay outside. */
export async function bundleProgram(source: URL): Promise<string> {
  // Below node_modules, so that the program finds its packages and nobody commits it.
  const modules = fileURLToPath(new URL('../../../../node_modules/', import.meta.url))
  const directory = await mkdtemp(join(modules, '.streamcore-test-'))
  const outfile = join(directory, `${basename(source.pathname, '.ts')}.mjs`)
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['source'],
    external: ['level', 'pg', '@electric-sql/pglite', 'msgpackr', 'amaro', 'esbuild'],
    logLevel: 'error',
  })
  return outfile
}
