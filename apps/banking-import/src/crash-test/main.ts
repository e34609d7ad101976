/** The program that `crash-test` starts and kills. */
import { printFailure } from 'streamcore/node'
import { crashImport, parseCrashImport } from '../cli/crash-import.js'

try {
  await crashImport(parseCrashImport(process.argv[2]))
} catch (error) {
  printFailure(error, { trace: true })
  process.exitCode = 1
}
