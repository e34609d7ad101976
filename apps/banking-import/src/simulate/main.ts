/** The program of `npm run simulate`: whole jobs under a seeded scheduler with faults. */
import { fileURLToPath } from 'node:url'
import { runProgram } from '../cli/run-program.js'
import { simulateCommand } from '../cli/simulate-command.js'

await runProgram(simulateCommand(fileURLToPath(import.meta.url)), process.argv.slice(2))
