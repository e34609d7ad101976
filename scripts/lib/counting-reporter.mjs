// The last reporter of a vitest run: why tests were skipped, then `N passed, N failed` as the very last line.
import { appendFileSync } from 'node:fs'

/**
 * A file that could not be loaded and an error outside any test count as one failure each.
 * `STREAMCORE_NO_SKIPS=1` turns a skipped test into a failure: where every service is there, nothing may be left out.
 * `STREAMCORE_COUNTS_FILE` names a file to which the counts are appended, for whoever adds up several runs.
 */
export class CountingReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const testModule of testModules) this.#countModule(testModule, counts)
    if (process.env.STREAMCORE_NO_SKIPS === '1' && counts.skipped > 0) {
      console.log(`${counts.skipped} skipped tests count as failures, because STREAMCORE_NO_SKIPS=1`)
      counts.failed += counts.skipped
      counts.skipped = 0
    }
    if (counts.failed > 0) process.exitCode = 1
    const file = process.env.STREAMCORE_COUNTS_FILE
    if (file) appendFileSync(file, `${counts.passed} ${counts.failed} ${counts.skipped}\n`)
    console.log(summary(counts))
  }

  #countModule(testModule, counts) {
    if (testModule.errors().length > 0) counts.failed += 1
    for (const suite of testModule.children.allSuites()) if (suite.errors().length > 0) counts.failed += 1
    for (const test of testModule.children.allTests()) {
      const { state, note } = test.result()
      if (state === 'passed' || state === 'failed') counts[state] += 1
      else {
        counts.skipped += 1
        console.log(
          `skipped: ${testModule.relativeModuleId} > ${test.fullName}: ${note ?? 'no reason given'}`,
        )
      }
    }
  }
}

/** `N passed, N failed`, and `, N skipped` when any were. */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
