/** Tells a failure on standard error. */
import { readFileSync } from 'node:fs'
import { failureReport } from './failure-report.js'

/** Writes the report of a failure. */
export function printFailure(error: unknown, options: { readonly trace: boolean }): void {
  const lines = failureReport(error, { cwd: process.cwd(), trace: options.trace, readSource })
  process.stderr.write(`${lines.join('\n')}\n`)
}

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Without the excerpt the report still names the line.
    return undefined
  }
}
