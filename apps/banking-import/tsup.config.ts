// Translates file by file, so that `new URL('./job.js', import.meta.url)` finds the job beside the file that names it.
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/*.test-d.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  bundle: false,
  sourcemap: true,
  clean: true,
})
