// One test run for the whole workspace, on the sources: packages resolve through the `source` export condition.
import { defineConfig } from 'vitest/config'
import { CountingReporter } from './scripts/lib/counting-reporter.mjs'

const conditions = ['source', 'module', 'node', 'import', 'default']

const folders = ['packages/*/{src,test}', 'apps/*/{src,test}', 'examples', 'bench', 'scripts']
const units = folders.map((folder) => `${folder}/**/*.test.{ts,mjs}`)
const integrations = folders.map((folder) => `${folder}/**/*.integration.test.ts`)

export default defineConfig(({ mode }) => {
  const isIntegration = mode === 'integration'
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['node', 'import', 'default'] } },
    test: {
      include: isIntegration ? integrations : units,
      exclude: ['**/node_modules/**', '**/dist/**', ...(isIntegration ? [] : integrations)],
      reporters: [process.env['CI'] ? 'dot' : 'default', new CountingReporter()],
      testTimeout: isIntegration ? 120_000 : 20_000,
      hookTimeout: isIntegration ? 120_000 : 20_000,
    },
  }
})
