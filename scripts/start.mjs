// `npm start`: builds what changed and runs the banking import; arguments after `--` are passed on.
import { runEntry } from './lib/run-entry.mjs'

try {
  process.exitCode = await runEntry('apps/banking-import', 'main', process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
