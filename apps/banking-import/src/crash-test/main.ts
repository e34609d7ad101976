/** The program that `crash-test` starts and kills, and `zombie-test` starts, stops and wakes up again. */
import { writeSync } from 'node:fs'
import { printFailure } from 'streamcore/node'
import { parseCrashImport } from './crash-settings.js'

const phaseFile = 3

/** A whole line per write, at once: what was told last is what the process did when it died. */
function tell(phase: string): void {
  writeSync(phaseFile, `${phase}\n`)
}

try {
  const settings = parseCrashImport(process.argv[2])
  // Only what is needed is loaded: a start is short, and there are thousands of them.
  if (settings.way === 'topics') {
    const { crashImport } = await import('../cli/crash-import.js')
    await crashImport(settings, tell)
  } else {
    const { crashDirectImport } = await import('../cli/crash-direct-import.js')
    await crashDirectImport(settings, tell)
  }
} catch (error) {
  printFailure(error, { trace: true })
  process.exitCode = 1
}
