/** Runs a job thousands of times in a hostile simulated world and shrinks what fails to something a person can read. */
import { buildStreamGraph } from '../api/build-stream-graph.js'
import type { Job } from '../api/define-job.js'
import type { CheckpointConfig } from '../checkpoint/checkpoint-coordinator.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Random } from '../contracts/ports/random.js'
import { SeededRandom } from '../contracts/ports/seeded-random.js'
import { translate } from '../graph/translate.js'
import { drawFaultPlan, type FaultKinds, type FaultPlan, simplerPlans } from './fault-plan.js'
import { macrotask } from './macrotask.js'
import { type SimulatedBackendChoice, simulateRun, type SimulatedRunResult } from './simulated-run.js'
import type { SimulatedScenario } from './simulated-scenario.js'
import { SimulatedWorld } from './simulated-world.js'
import { SimulationMarks } from './simulation-marks.js'

/** What a scenario is made from. */
export interface ScenarioSetup {
  readonly random: Random
  /** Use at most so many input records; smaller while a failure is being shrunk. */
  readonly recordsMax: number
}

/** A scenario and the parameters the job gets in it. */
export interface PreparedScenario {
  readonly scenario: SimulatedScenario
  readonly params?: unknown
  /** Takes the place of {@link SimulateJobOptions.stateBackend} in this run. */
  readonly stateBackend?: SimulatedBackendChoice
  /** Where checkpoints lie; in a directory unless told. */
  readonly checkpointsIn?: 'directory' | 'key-value-store'
  /** What is not to be drawn about checkpoints. */
  readonly checkpoint?: Partial<CheckpointConfig>
}

/** Options of {@link simulateJob}. */
export interface SimulateJobOptions {
  /** Number of seeds. */
  readonly runs: number
  /** The first seed; 1 unless told. */
  readonly from?: number
  /** The first seeds are run twice: a job that draws its own randomness or reads a clock of its own gives itself away. 3 unless told. */
  readonly repeated?: number
  readonly faults?: FaultKinds
  /** Parallelisms that processes start at; 1, 2 and 3 unless told, so that restarts rescale. */
  readonly parallelisms?: readonly number[]
  /** Numbers of workers that processes run their subtasks in, some of which crash; all in one thread unless told. */
  readonly workers?: readonly number[]
  readonly recordsMax?: number
  readonly eventsMax?: number
  /** Where a process keeps keyed state, such as `simulatedStateBackend`; the heap unless told. */
  readonly stateBackend?: SimulatedBackendChoice
  /** Makes the services of one run. */
  readonly scenario: (setup: ScenarioSetup) => PreparedScenario
  /** Called after every seed. */
  readonly onSeed?: (seed: number, result: SimulatedRunResult) => void
  /** Stop at the first violation (default) or go on. */
  readonly keepGoing?: boolean
}

/** A failing seed, shrunk. */
export interface SimulationFailure {
  readonly seed: number
  readonly violations: readonly string[]
  readonly plan: FaultPlan
  readonly recordsMax: number
  /** What happened, a line an event. */
  readonly trace: readonly string[]
}

/** What all runs together have shown. */
export interface SimulationReport {
  readonly seeds: number
  readonly failures: readonly SimulationFailure[]
  readonly marks: SimulationMarks
  readonly events: number
}

/** The job of a simulation; its parameters come from the scenario. */
export type SimulatedJob = { readonly plan: (params: unknown) => ReturnType<typeof buildStreamGraph> }

/** Wraps a job for {@link simulateJob}. */
export function simulated<P>(job: Job<P>): SimulatedJob {
  return { plan: (params) => buildStreamGraph(job, params) }
}

/** Runs a job under many seeds. The same seed gives the same run. */
export async function simulateJob(job: SimulatedJob, options: SimulateJobOptions): Promise<SimulationReport> {
  const marks = new SimulationMarks()
  const failures: SimulationFailure[] = []
  const from = options.from ?? 1
  let events = 0
  let seeds = 0
  for (let seed = from; seed < from + options.runs; seed++) {
    const result = await simulateSeed(job, options, { seed })
    if (seed < from + (options.repeated ?? 3)) await assertRepeatable(job, options, seed, result)
    seeds++
    events += result.events
    marks.addAll(result.marks)
    options.onSeed?.(seed, result)
    if (result.violations.length === 0) continue
    failures.push(await shrink(job, options, seed))
    if (options.keepGoing !== true) break
  }
  return { seeds, failures, marks, events }
}

/** One seed, possibly with a plan or an input smaller than it would draw. */
export interface SeedRun {
  readonly seed: number
  readonly plan?: FaultPlan
  readonly recordsMax?: number
  readonly trace?: (line: string) => void
}

/** Runs one seed. */
export async function simulateSeed(
  job: SimulatedJob,
  options: SimulateJobOptions,
  run: SeedRun,
): Promise<SimulatedRunResult> {
  const random = new SeededRandom(run.seed)
  // Each part draws from its own fork, so that a shrunk plan does not change the input.
  const plan = run.plan ?? drawFaultPlan(random.fork('faults'), options.faults ?? {})
  const prepared = options.scenario({
    random: random.fork('scenario'),
    recordsMax: run.recordsMax ?? options.recordsMax ?? 200,
  })
  const { scenario, params, checkpoint, checkpointsIn, stateBackend = options.stateBackend } = prepared
  const world = new SimulatedWorld({
    seed: random.fork('world').u32(),
    eventsMax: options.eventsMax ?? 500_000,
    drain: macrotask,
  })
  return await simulateRun({
    world,
    random: random.fork('run'),
    plan,
    scenario,
    jobGraph: (parallelism) => translate(job.plan(params ?? {}), { parallelism }),
    parallelisms: options.parallelisms ?? [1, 2, 3],
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...(stateBackend === undefined ? {} : { stateBackend }),
    ...(checkpointsIn === undefined ? {} : { checkpointsIn }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(run.trace === undefined ? {} : { trace: run.trace }),
  })
}

/** @throws StreamcoreError `STREAMCORE_SIMULATION` when the same seed gives another run */
async function assertRepeatable(
  job: SimulatedJob,
  options: SimulateJobOptions,
  seed: number,
  first: SimulatedRunResult,
): Promise<void> {
  const second = await simulateSeed(job, options, { seed })
  if (second.traceHash === first.traceHash && second.fingerprint === first.fingerprint) return
  throw new StreamcoreError(
    'STREAMCORE_SIMULATION',
    `Expected seed ${seed} to give the same run twice, got two: the job depends on something that the simulator does not control, such as Date.now() or Math.random(). Take time from ctx.timers, and randomness from the records`,
  )
}

const shrinkRunsMax = 200

/** Removes faults and records as long as the seed still fails. */
async function shrink(
  job: SimulatedJob,
  options: SimulateJobOptions,
  seed: number,
): Promise<SimulationFailure> {
  let plan = drawFaultPlan(new SeededRandom(seed).fork('faults'), options.faults ?? {})
  let recordsMax = options.recordsMax ?? 200
  let runs = 0
  const fails = async (run: SeedRun) => {
    runs++
    return runs <= shrinkRunsMax && (await simulateSeed(job, options, run)).violations.length > 0
  }
  for (let half = recordsMax >> 1; half >= 1; half >>= 1) {
    if (await fails({ seed, plan, recordsMax: half })) recordsMax = half
  }
  for (let hasShrunk = true; hasShrunk && runs < shrinkRunsMax; ) {
    hasShrunk = false
    for (const simpler of simplerPlans(plan)) {
      if (!(await fails({ seed, plan: simpler, recordsMax }))) continue
      plan = simpler
      hasShrunk = true
      break
    }
  }
  const trace: string[] = []
  const result = await simulateSeed(job, options, {
    seed,
    plan,
    recordsMax,
    trace: (line) => trace.push(line),
  })
  return { seed, violations: result.violations, plan, recordsMax, trace }
}
