// `npm test`: builds what changed, for the tests of workers and command lines, then one vitest run over everything.
import { join } from 'node:path'
import { buildWorkspaces } from './lib/build.mjs'
import { runChild } from './lib/run-child.mjs'
import { listWorkspaces, rootFolder } from './lib/workspaces.mjs'

const vitest = join(rootFolder, 'node_modules/vitest/vitest.mjs')

try {
  await buildWorkspaces(listWorkspaces())
  process.exitCode = await runChild(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
    cwd: rootFolder,
  })
} catch (error) {
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}
