/** Spreads seeds over processes, so that all cores simulate. */
import { type ChildProcess, fork } from 'node:child_process'
import { StreamcoreError } from 'streamcore'
import { addReports, noSeeds, type SeedsReport } from '../simulate/seeds-report.js'

/** Some seeds in a row. */
export interface SeedRange {
  readonly from: number
  readonly runs: number
}

/** What a worker tells: the report of a range. */
export interface RangeDone {
  readonly kind: 'range-done'
  readonly report: SeedsReport
}

/** How seeds are spread. */
export interface SeedWorkersOptions extends SeedRange {
  /** The program that understands {@link SeedRange} messages. */
  readonly program: string
  readonly args: readonly string[]
  readonly workers: number
  readonly seedsPerRange: number
  readonly onReport: (sum: SeedsReport) => void
}

// Every seed makes a small world and drops it: a larger nursery saves most of the collector's work.
const workerFlags = ['--max-semi-space-size=64']

/** Runs all seeds, or as many as it takes to find a violation; the workers end with it. */
export async function simulateInWorkers(options: SeedWorkersOptions): Promise<SeedsReport> {
  const ranges = rangesOf(options)
  let sum = noSeeds
  const children: ChildProcess[] = []
  const work = async (): Promise<void> => {
    const child = fork(options.program, [...options.args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...process.execArgv, ...workerFlags],
    })
    children.push(child)
    for (
      let range = ranges.shift();
      range !== undefined && sum.failures.length === 0;
      range = ranges.shift()
    ) {
      const report = await simulateRange(child, range)
      sum = addReports(sum, report)
      options.onReport(sum)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(options.workers, ranges.length) }, work))
    return sum
  } finally {
    for (const child of children) child.kill()
  }
}

function rangesOf({ from, runs, seedsPerRange }: SeedWorkersOptions): SeedRange[] {
  const count = Math.ceil(runs / seedsPerRange)
  return Array.from({ length: count }, (_, index) => ({
    from: from + index * seedsPerRange,
    runs: Math.min(seedsPerRange, runs - index * seedsPerRange),
  }))
}

function simulateRange(child: ChildProcess, range: SeedRange): Promise<SeedsReport> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      if (!isRangeDone(message)) return
      child.off('exit', onExit)
      child.off('message', onMessage)
      resolve(message.report)
    }
    const onExit = (code: number | null): void => {
      const seeds = `${range.from} to ${range.from + range.runs - 1}`
      reject(
        new StreamcoreError('STREAMCORE_SIMULATION', `Simulating seeds ${seeds} ended with code ${code}`),
      )
    }
    child.on('message', onMessage)
    child.once('exit', onExit)
    child.send(range)
  })
}

function isRangeDone(message: unknown): message is RangeDone {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'range-done'
}

/** Whether a worker was sent seeds. */
export function isSeedRange(message: unknown): message is SeedRange {
  return typeof message === 'object' && message !== null && 'from' in message && 'runs' in message
}
