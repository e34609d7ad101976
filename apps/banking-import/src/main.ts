/** The program: imports a bank's deliveries, and everything around it. Without a command it imports a generated sample. */
import { runCommandLine } from './cli/command-line.js'

await runCommandLine(process.argv.slice(2))
