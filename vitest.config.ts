// One test run for the whole workspace, on the sources: packages resolve through the `source` export condition.
import { defineConfig, type Plugin } from 'vitest/config'
import { CountingReporter } from './scripts/lib/counting-reporter.mjs'

const conditions = ['source', 'module', 'node', 'development|production']

// vitest would pass these conditions on to Node: then `require('pg')` finds the files meant for `import`, and a worker
// thread that a test starts from `dist/` looks for TypeScript. Only the tests themselves are to run on the sources.
const conditionsOfTestsOnly: Plugin = {
  name: 'conditions-of-tests-only',
  configResolved(config) {
    Object.assign(config.ssr.resolve ?? {}, { conditions: [] })
  },
}

const folders = ['packages/*/{src,test}', 'apps/*/{src,test}', 'examples', 'bench', 'scripts']
const units = folders.map((folder) => `${folder}/**/*.test.{ts,mjs}`)
const integrations = folders.map((folder) => `${folder}/**/*.integration.test.ts`)

export default defineConfig(({ mode }) => {
  const isIntegration = mode === 'integration'
  return {
    plugins: [conditionsOfTestsOnly],
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      include: isIntegration ? integrations : units,
      exclude: ['**/node_modules/**', '**/dist/**', ...(isIntegration ? [] : integrations)],
      reporters: [process.env['CI'] ? 'dot' : 'default', new CountingReporter()],
      // Far above what a test takes: a busy machine is no failure.
      testTimeout: isIntegration ? 300_000 : 60_000,
      hookTimeout: isIntegration ? 300_000 : 60_000,
    },
  }
})
