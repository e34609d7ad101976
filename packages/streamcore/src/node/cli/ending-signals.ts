/** What Ctrl-C and SIGTERM do to a running job. */
import { constants } from 'node:os'
import type { JobHandle } from '../../runtime/job-runner.js'

/** Signals that end a job in order. */
const endingSignals = ['SIGINT', 'SIGTERM'] as const

/** One of them. */
export type EndingSignal = (typeof endingSignals)[number]

/** The exit code of a process that a signal ended, as shells count. */
export function signalExitCode(signal: EndingSignal): number {
  return 128 + constants.signals[signal]
}

/**
 * The first signal stops the job with a last checkpoint, the second ends the process at once; so does the first one while the
 * job is still starting, because then there is nothing to save. A process may end anywhere: the next start repairs it.
 */
export function listenForSignals(job: JobHandle): {
  received(): EndingSignal | undefined
  ignore(): void
} {
  let received: EndingSignal | undefined
  const onSignal = (signal: EndingSignal): void => {
    if (received !== undefined || !job.isRunning()) {
      process.stderr.write(`${signal}: ended at once, nothing committed is lost\n`)
      process.exit(signalExitCode(signal))
    }
    received = signal
    process.stderr.write(`${signal}: stopping with a last checkpoint; a second one ends at once\n`)
    // The failure of a stop is the failure of the job, and reported as such.
    job.stop().catch(() => {})
  }
  for (const signal of endingSignals) process.on(signal, onSignal)
  return {
    received: () => received,
    ignore: () => {
      for (const signal of endingSignals) process.off(signal, onSignal)
    },
  }
}
