// Bundles each connector as an entry of its own; clients stay outside. `--no-dts` is the quick build of npm test.
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    'log/index': 'src/log/index.ts',
    'files/index': 'src/files/index.ts',
    'postgres/index': 'src/postgres/index.ts',
  },
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
