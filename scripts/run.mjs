// `node scripts/run.mjs <workspace> <entry> [arguments…]` builds what is needed and runs the workspace's program.
import { runEntry } from './lib/run-entry.mjs'

const [workspace, entry, ...args] = process.argv.slice(2)
if (workspace === undefined || entry === undefined) {
  console.error('usage: node scripts/run.mjs <workspace> <entry> [arguments…]')
  process.exit(2)
}
try {
  process.exitCode = await runEntry(workspace, entry, args)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
