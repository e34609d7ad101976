// Bundles the public entries; everything they share goes to dist/chunks/. `--no-dts` is the quick build of npm test.
import { existsSync } from 'node:fs'
import { defineConfig } from 'tsup'

const entries = [
  'index',
  'node/index',
  'node/cli/main',
  // Started as a worker thread: found from any module one folder deep, chunks included, as `../node/worker-main.js`.
  'node/worker-main',
  'leveldb/index',
  'testing/index',
  'testing/contracts/index',
  'simulation/index',
]

export default defineConfig({
  entry: Object.fromEntries(
    entries.filter((name) => existsSync(`src/${name}.ts`)).map((name) => [name, `src/${name}.ts`]),
  ),
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  splitting: true,
  sourcemap: true,
  clean: true,
  dts: { compilerOptions: { ignoreDeprecations: '6.0', isolatedDeclarations: false } },
  esbuildOptions(options) {
    options.chunkNames = 'chunks/[name]-[hash]'
  },
})
