// Bundles the public entries; everything they share goes to dist/chunks/. `--no-dts` is the quick build of npm test.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'tsup'

const entries = [
  'index',
  'node/index',
  'node/cli/main',
  // Started as a worker thread: found from any module one folder deep, chunks included, as `../node/worker-main.js`.
  'node/worker-main',
  // Loaded by Node's loader thread, found like the worker.
  'node/type-stripping-hooks',
  'leveldb/index',
  'testing/index',
  'testing/contracts/index',
  'simulation/index',
]

// Part of the package, so that users install one package, without install scripts and without warnings of the engine check.
const bundled = ['msgpackr']

/** Their licenses travel with them. */
function copyLicenses(outDir: string): void {
  const amaro = dirname(fileURLToPath(import.meta.resolve('amaro')))
  const msgpackr = dirname(fileURLToPath(import.meta.resolve('msgpackr')))
  mkdirSync(join(outDir, 'licenses'), { recursive: true })
  copyFileSync(join(amaro, '../LICENSE.md'), join(outDir, 'licenses/amaro.txt'))
  copyFileSync(join(amaro, 'LICENSE'), join(outDir, 'licenses/swc.txt'))
  copyFileSync(join(msgpackr, 'LICENSE'), join(outDir, 'licenses/msgpackr.txt'))
}

export default defineConfig(({ outDir = 'dist' }) => ({
  entry: Object.fromEntries(
    entries.filter((name) => existsSync(`src/${name}.ts`)).map((name) => [name, `src/${name}.ts`]),
  ),
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  splitting: true,
  sourcemap: true,
  clean: true,
  noExternal: bundled,
  // Copied as it is: bundled as a module its four megabytes would be parsed by every start of a job.
  onSuccess: async () => {
    copyFileSync(fileURLToPath(import.meta.resolve('amaro')), join(outDir, 'node/amaro.cjs'))
    copyLicenses(outDir)
  },
  dts: { compilerOptions: { ignoreDeprecations: '6.0', isolatedDeclarations: false } },
  esbuildOptions(options) {
    options.chunkNames = 'chunks/[name]-[hash]'
  },
}))
