/** The checkpoint benches: how long snapshots, pauses and restores take, full and incremental; each run in a process of its own. */
import { fileURLToPath } from 'node:url'
import { pauseBoundsMs } from 'streamcore'
import type { StateName } from '../engines/engine.js'
import { runProcess } from '../measure/run-process.js'
import { roundedSpread, type Spread, spreadOf } from '../measure/statistics.js'
import type { CheckpointRun, CheckpointSetup } from './checkpoint-run.js'

/** A bench by name. */
export interface CheckpointBench {
  readonly name: string
  readonly summary: string
  readonly keys: number
  /** Checkpoints per run, after the first. */
  readonly checkpoints: number
}

/** All of them. */
export const checkpointBenches: readonly CheckpointBench[] = [
  {
    name: 'checkpoint-1m',
    summary: 'checkpoints of a count per key, 1 million keys, 1 % of which change: full and incremental',
    keys: 1_000_000,
    checkpoints: 10,
  },
  { name: 'checkpoint-10m', summary: 'the same with 10 million keys', keys: 10_000_000, checkpoints: 3 },
  {
    name: 'restore-1m',
    summary: 'restoring 1 million keys, from a full checkpoint and from a chain of two',
    keys: 1_000_000,
    checkpoints: 1,
  },
]

/** What is asked for. */
export interface CheckpointBenchOptions {
  readonly state: StateName
  readonly rounds: number
  /** Instead of the bench's own number. */
  readonly keys: number | undefined
}

/** The figures of one kind of checkpoint over all rounds. */
export interface CheckpointFigures {
  readonly bench: string
  readonly kind: 'full' | 'incremental'
  readonly state: StateName
  readonly keys: number
  readonly checkpoints: number
  readonly sizeBytes: number
  /** What the tasks spent on a snapshot. */
  readonly workMs: Spread
  /** From the barriers to the last part stored. */
  readonly snapshotMs: Spread
  /** From the barriers to the last commit, old checkpoints removed. */
  readonly durationMs: Spread
  /** The longest stop of the tasks in each checkpoint. */
  readonly longestPauseMs: Spread
  /** All stops, by their upper bounds in milliseconds. */
  readonly pauses: Readonly<Record<string, number>>
  /** Records per second without checkpoints, and with one per second. */
  readonly idleRps: Spread
  readonly busyRps: Spread
  /** From `execute` to the first record, state verified afterwards. */
  readonly restoreMs: Spread
  readonly peakRssMb: number
}

/** Runs a bench: full checkpoints in one process, incremental ones in another, alternating. */
export async function runCheckpointBench(
  bench: CheckpointBench,
  { state, rounds, keys = bench.keys }: CheckpointBenchOptions,
): Promise<readonly CheckpointFigures[]> {
  const runs: Record<CheckpointFigures['kind'], CheckpointRun[]> = { full: [], incremental: [] }
  for (let round = 1; round <= rounds; round++) {
    for (const kind of ['full', 'incremental'] as const) {
      const { checkpoints } = bench
      const run = await runChild({ keys, isIncremental: kind === 'incremental', state, checkpoints })
      const works = run.checkpoints.map(({ pauses }) => Math.round(pauses.totalMs))
      console.error(`${bench.name}, round ${round} of ${rounds}: ${kind} ${works.join(' ')} ms`)
      runs[kind].push(run)
    }
  }
  return (['full', 'incremental'] as const).map((kind) => figures(bench, { kind, state, keys }, runs[kind]))
}

function figures(
  bench: CheckpointBench,
  setup: Pick<CheckpointFigures, 'kind' | 'state' | 'keys'>,
  runs: readonly CheckpointRun[],
): CheckpointFigures {
  const all = runs.flatMap(({ checkpoints }) => checkpoints)
  const labels = [...pauseBoundsMs.map((boundMs) => `<=${boundMs}`), `>${pauseBoundsMs.at(-1)}`]
  const countOf = (index: number): number =>
    all.reduce((sum, { pauses }) => sum + (pauses.counts[index] ?? 0), 0)
  return {
    bench: bench.name,
    ...setup,
    checkpoints: all.length,
    sizeBytes: spreadOf(all.map(({ sizeBytes }) => sizeBytes)).median,
    workMs: rounded(all.map(({ pauses }) => pauses.totalMs)),
    snapshotMs: rounded(all.map(({ snapshotMs }) => snapshotMs)),
    durationMs: rounded(all.map(({ durationMs }) => durationMs)),
    longestPauseMs: rounded(all.map(({ pauses }) => pauses.maxMs)),
    pauses: Object.fromEntries(labels.map((label, index) => [label, countOf(index)])),
    idleRps: rounded(runs.map(({ idleRps }) => idleRps)),
    busyRps: rounded(runs.map(({ busyRps }) => busyRps)),
    restoreMs: rounded(runs.map(({ restoreMs }) => restoreMs)),
    peakRssMb: Math.round(Math.max(...runs.map(({ peakRssMb }) => peakRssMb))),
  }
}

/** To tenths. */
function rounded(values: readonly number[]): Spread {
  return roundedSpread(spreadOf(values), 1)
}

const childProgram = fileURLToPath(new URL('./checkpoint-child.js', import.meta.url))
/** Ten million keys need more than the default. */
const heapMb = 8_192

async function runChild(setup: Omit<CheckpointSetup, 'windowMs'>): Promise<CheckpointRun> {
  const { keys, isIncremental, state, checkpoints } = setup
  const output = await runProcess({
    program: process.execPath,
    args: () => [
      `--max-old-space-size=${heapMb}`,
      childProgram,
      ...[keys, isIncremental, state, checkpoints].map(String),
    ],
    what: `a run of ${keys} keys`,
  })
  const run: CheckpointRun = JSON.parse(output)
  return run
}
