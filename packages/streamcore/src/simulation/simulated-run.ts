/** One simulated run of a job: processes come and go as the fault plan says, until the job has finished or is stuck. */
import { type ErrorCode, messageOf, StreamcoreError } from '../contracts/errors.js'
import type { CheckpointConfig } from '../checkpoint/checkpoint-coordinator.js'
import type { Random } from '../contracts/ports/random.js'
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import type { JobGraph } from '../graph/job-graph.js'
import type { JobPhase, RunOptions } from '../runtime/job-options.js'
import { runJob } from '../runtime/job-runner.js'
import { exponentialDelay } from '../runtime/restart-strategy.js'
import { heapStateBackend } from '../state/heap-keyed-state-backend.js'
import { markRestores } from './restore-marks.js'
import { type CheckpointGround, directoryGround, storeGround } from './checkpoint-ground.js'
import type { DiskFault } from './disk-call.js'
import { drawCheckpoints } from './drawn-checkpoints.js'
import type { FaultPlan, ProcessFault } from './fault-plan.js'
import type { Incarnation } from './incarnation.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { type DatabaseOperation, SimulatedDatabase } from './simulated-database.js'
import { SimulatedDisk } from './simulated-disk.js'
import type { SimulatedClientOptions, SimulatedLink } from './simulated-link.js'
import type { SimulatedScenario } from './simulated-scenario.js'
import { drawWorkers } from './simulated-workers.js'
import type { SimulatedWorld } from './simulated-world.js'
import { SimulationMarks } from './simulation-marks.js'

/** Options of {@link simulateRun}. */
export interface SimulatedRunOptions {
  readonly world: SimulatedWorld
  readonly random: Random
  readonly plan: FaultPlan
  readonly scenario: SimulatedScenario
  /** The plan of the job at a parallelism; made anew for every process. */
  readonly jobGraph: (parallelism: number) => JobGraph
  readonly parallelisms: readonly number[]
  /** Workers that processes may run their subtasks in; none unless told. */
  readonly workers?: readonly number[]
  /** Where a process keeps keyed state; the heap unless told. Stores that are watched meet the faults of the plan. */
  readonly stateBackend?: SimulatedBackendChoice
  /** A directory unless told. */
  readonly checkpointsIn?: 'directory' | 'key-value-store'
  /** What is not to be drawn about checkpoints. */
  readonly checkpoint?: Partial<CheckpointConfig>
  readonly trace?: (line: string) => void
}

/** Chooses the state backend of a process; `watch` is to be called with every simulated database of it. */
export type SimulatedBackendChoice = (
  incarnation: Incarnation,
  watch: (database: SimulatedDatabase) => void,
) => KeyedStateBackendFactory

/** How a run ended. */
export interface SimulatedRunResult {
  /** Empty when all is well. */
  readonly violations: readonly string[]
  readonly marks: SimulationMarks
  readonly events: number
  readonly virtualMs: number
  readonly traceHash: number
  /** See {@link SimulatedScenario.fingerprint}. */
  readonly fingerprint: string
}

/** A process may end with these: another one took over, or the world was too hostile for its restart strategy. */
const harmlessCodes: readonly ErrorCode[] = [
  'STREAMCORE_FENCED',
  'STREAMCORE_LEASE_HELD',
  'STREAMCORE_IO',
  'STREAMCORE_CONNECTION',
  'STREAMCORE_CHECKPOINT_FAILED',
  'STREAMCORE_WORKER_CRASHED',
]

/** Virtual time after the last fault in which the job must finish. */
const livenessMs = 600_000
/** Drawn per run: with quick disks most faults hit the running job, with slow ones its start and its commits. */
const diskLatenciesMs = [0, 0, 1, 3]
const linkLatenciesMs = [1, 5, 20]

/** With little room for uncommitted output sources wait for one commit after the other. */
const pendingBytesMax = [1 << 20, 1 << 20, 1 << 20, 100]

/** What is called seldom fails the more often. */
const rareStoreCalls: Partial<Record<DatabaseOperation, number>> = { open: 10, get: 5, getMany: 10 }

/** Runs a job in a simulated world and asks the scenario what it thinks of the outcome. */
export async function simulateRun(options: SimulatedRunOptions): Promise<SimulatedRunResult> {
  return await new SimulatedRun(options).run()
}

interface Process {
  readonly incarnation: Incarnation
  readonly logger: RecordingLogger
  readonly parallelism: number
  readonly backend: KeyedStateBackendFactory
  phase: JobPhase
  hasEnded: boolean
}

class SimulatedRun {
  readonly #options: SimulatedRunOptions
  readonly #world: SimulatedWorld
  readonly #random: Random
  readonly #disk: SimulatedDisk
  readonly #marks = new SimulationMarks()
  readonly #violations: string[] = []
  readonly #processes: Process[] = []
  readonly #ground: CheckpointGround
  /** Who made the checkpoints of an epoch. */
  readonly #makers = new Map<number, Process>()
  /** Faults that wait for a call to a disk or a store. */
  #atCalls: ProcessFault[]
  #storeCallCount = 0
  readonly #linkLatencyMs: number
  readonly #phaseCounts = new Map<JobPhase, number>()
  #isFinished = false
  #areFaultsOver = false
  #startsPending = 0

  constructor(options: SimulatedRunOptions) {
    this.#options = options
    this.#world = options.world
    this.#random = options.random.fork('processes')
    this.#linkLatencyMs = linkLatenciesMs[this.#random.below(linkLatenciesMs.length)] ?? 1
    this.#atCalls = options.plan.process.filter(({ at }) => 'diskCall' in at || 'storeCall' in at)
    this.#disk = new SimulatedDisk(options.world, {
      latencyMsMax: diskLatenciesMs[this.#random.below(diskLatenciesMs.length)] ?? 1,
      lateChance: options.plan.lateWrite,
      lateMsMax: 50,
    })
    this.#disk.beforeCall = (call) => this.#beforeDiskCall(call.number)
    this.#ground = this.#makeGround()
  }

  #makeGround(): CheckpointGround {
    if (this.#options.checkpointsIn !== 'key-value-store') return directoryGround(this.#disk)
    const database = new SimulatedDatabase(this.#world)
    this.#watch(database)
    return storeGround(this.#disk, database)
  }

  async run(): Promise<SimulatedRunResult> {
    const { plan } = this.#options
    await this.#options.scenario.prepare?.()
    this.#start()
    for (const fault of plan.process) {
      const { at } = fault
      if ('ms' in at) this.#world.schedule(at.ms, () => this.#strike(fault))
    }
    const lastFaultMs = Math.max(1_000, ...plan.process.map(({ at }) => ('ms' in at ? at.ms : 0)))
    this.#world.schedule(lastFaultMs, () => this.#endFaults())
    this.#world.schedule(lastFaultMs + livenessMs, () =>
      this.#violate('liveness: the job did not finish after the faults had stopped'),
    )
    const end = await this.#world.run(() => this.#isFinished || this.#violations.length > 0)
    if (end !== 'done') this.#violate(`liveness: the world was ${end} before the job had finished`)
    await this.#letZombiesEnd()
    markRestores(this.#processes, this.#makers, this.#marks)
    const { scenario } = this.#options
    if (this.#violations.length === 0) this.#violations.push(...scenario.violations())
    if (this.#violations.length === 0)
      for (const name of scenario.situations?.() ?? []) this.#marks.mark(name)
    return {
      violations: this.#violations,
      marks: this.#marks,
      events: this.#world.eventCount,
      virtualMs: this.#world.nowMs,
      traceHash: this.#world.traceHash,
      fingerprint: scenario.fingerprint?.() ?? '',
    }
  }

  #start(): void {
    const number = this.#processes.length + 1
    const logger = new RecordingLogger()
    const host = this.#ground.host(number)
    const incarnation = this.#world.incarnation(`process ${number}`, { host, logger })
    const { jobGraph, parallelisms, stateBackend } = this.#options
    const parallelism = parallelisms[this.#random.below(parallelisms.length)] ?? 1
    const backend = stateBackend?.(incarnation, (database) => this.#watch(database)) ?? heapStateBackend()
    const process: Process = {
      incarnation,
      logger,
      parallelism,
      backend,
      phase: 'restoring',
      hasEnded: false,
    }
    this.#processes.push(process)
    this.#marks.mark('process starts')
    this.#trace(`process ${number} starts at parallelism ${parallelism}, state in ${backend.kind}`)
    const handle = runJob(jobGraph(parallelism), this.#runOptions(process))
    handle.result.then(
      (result) => this.#ended(process, result.status),
      (error: unknown) => this.#failed(process, error),
    )
  }

  #runOptions(process: Process): RunOptions {
    const { incarnation } = process
    const { ports } = incarnation
    const lease = this.#ground.lease(incarnation)
    const checkpoint = drawCheckpoints(this.#random)
    return {
      jobId: 'job',
      ports,
      connections: this.#options.scenario.connections(this.#client(incarnation)),
      openStorage: () => this.#ground.openStorage(incarnation),
      isDurable: true,
      lease: {
        acquire: async (options) => {
          const epoch = await lease.acquire(options)
          this.#makers.set(epoch, process)
          return epoch
        },
        assertCurrent: () => lease.assertCurrent(),
        release: () => lease.release(),
      },
      takeOver: this.#ground.takeOver,
      stateBackend: process.backend,
      checkpoint: { ...checkpoint, ...this.#options.checkpoint },
      ...this.#workers(process),
      restart: exponentialDelay({ attempts: 3, initialDelayMs: 1, maxDelayMs: 20 }),
      maxAttemptsPerRecord: 3,
      maxPendingBytes: this.#draw(pendingBytesMax, `pending output of ${incarnation.name}`),
      allowDroppedState: false,
      onPhase: (phase) => {
        process.phase = phase
        this.#enterPhase(phase)
        this.#trace(`${incarnation.name} ${phase}`)
      },
    }
  }

  /** By a label of its own, so that whatever else is drawn stays as it is. */
  #draw(values: readonly number[], label: string): number {
    return values[this.#random.fork(label).below(values.length)] ?? 0
  }

  #workers({ incarnation, backend }: Process): Pick<RunOptions, 'workers'> {
    const { workers, jobGraph, scenario } = this.#options
    return drawWorkers(workers, {
      incarnation,
      random: this.#random.fork(`workers of ${incarnation.name}`),
      load: (parallelism) => ({
        jobGraph: jobGraph(parallelism),
        connections: scenario.connections(this.#client(incarnation)),
        stateBackend: backend,
      }),
      mayCrash: () => !this.#areFaultsOver,
      marks: this.#marks,
    })
  }

  /** The wire of a process to its services; faults end with all the others. */
  #client(incarnation: Incarnation): SimulatedClientOptions {
    const link = incarnation.link(this.#linkLatencyMs)
    return {
      link: { ...link, chance: (probability) => !this.#areFaultsOver && this.#chance(link, probability) },
      faults: this.#options.plan,
    }
  }

  #chance(link: SimulatedLink, probability: number): boolean {
    const happens = link.chance(probability)
    if (happens) this.#marks.mark('service faults')
    return happens
  }

  #enterPhase(phase: JobPhase): void {
    const nth = (this.#phaseCounts.get(phase) ?? 0) + 1
    this.#phaseCounts.set(phase, nth)
    for (const fault of this.#options.plan.process) {
      const { at } = fault
      if ('phase' in at && at.phase === phase && at.nth === nth) {
        this.#world.schedule(at.afterMs, () => this.#strike(fault))
      }
    }
  }

  #beforeDiskCall(number: number): DiskFault | undefined {
    this.#strikeAt(({ at }) => 'diskCall' in at && at.diskCall <= number)
    if (this.#areFaultsOver || !this.#world.chance(this.#options.plan.diskFault)) return undefined
    this.#marks.mark('disk faults')
    return this.#drawDiskFault()
  }

  /** Lets the faults of the plan meet the calls to a store. */
  #watch(database: SimulatedDatabase): void {
    database.beforeCall = ({ operation }) => this.#beforeStoreCall(operation)
  }

  #beforeStoreCall(operation: DatabaseOperation): DiskFault | undefined {
    const number = ++this.#storeCallCount
    if (this.#strikeAt(({ at }) => 'storeCall' in at && at.storeCall <= number)) {
      this.#marks.mark(`struck at store call ${operation}`)
    }
    const probability = this.#options.plan.storeFault * (rareStoreCalls[operation] ?? 1)
    if (this.#areFaultsOver || !this.#world.chance(probability)) return undefined
    const fault = this.#drawDiskFault()
    this.#marks.mark(`store fault: ${operation} ${fault}`)
    return fault
  }

  #drawDiskFault(): DiskFault {
    return this.#random.below(2) === 0 ? 'EIO' : 'ENOSPC'
  }

  /** Lets the faults strike that waited for this call; whether there were any. */
  #strikeAt(isDue: (fault: ProcessFault) => boolean): boolean {
    if (this.#atCalls.length === 0) return false
    const due = this.#atCalls.filter(isDue)
    this.#atCalls = this.#atCalls.filter((fault) => !due.includes(fault))
    for (const fault of due) this.#strike(fault)
    return due.length > 0
  }

  #strike(fault: ProcessFault): void {
    const victim = this.#processes.findLast(
      ({ incarnation, hasEnded }) => !hasEnded && incarnation.state === 'running',
    )
    if (this.#isFinished || this.#areFaultsOver || victim === undefined) return
    this.#marks.mark(`fault: ${fault.kind}`)
    this.#trace(`${fault.kind} strikes ${victim.incarnation.name}, which was ${victim.phase}`)
    switch (fault.kind) {
      case 'clock':
        victim.incarnation.clock.jumpWall(this.#random.below(7_200_000) - 3_600_000)
        return
      case 'zombie':
        this.#marks.mark(`zombie while ${victim.phase}`)
        victim.incarnation.pause()
        this.#world.schedule(this.#random.below(800), () => victim.incarnation.resume())
        break
      case 'kill':
        this.#marks.mark(`crash while ${victim.phase}`)
        victim.incarnation.kill()
        break
      case 'power':
        this.#marks.mark(`crash while ${victim.phase}`)
        this.#world.powerLoss()
        for (const process of this.#processes) process.hasEnded = true
        break
    }
    this.#startSoon()
  }

  #startSoon(): void {
    this.#startsPending++
    this.#world.schedule(1 + this.#random.below(30), () => {
      this.#startsPending--
      if (!this.#isFinished) this.#start()
    })
  }

  #ended(process: Process, status: string): void {
    process.hasEnded = true
    this.#trace(`${process.incarnation.name} ${status}`)
    if (status === 'finished') this.#isFinished = true
  }

  #failed(process: Process, error: unknown): void {
    process.hasEnded = true
    this.#trace(`${process.incarnation.name} failed: ${messageOf(error)}`)
    const isHarmless = error instanceof StreamcoreError && harmlessCodes.includes(error.code)
    if (!isHarmless) this.#violate(`the job failed: ${messageOf(error)}`)
    if (error instanceof StreamcoreError && error.code === 'STREAMCORE_FENCED') this.#marks.mark('fenced')
    const isAnyLeft = this.#processes.some(
      ({ hasEnded, incarnation }) => !hasEnded && incarnation.state === 'running',
    )
    if (!isAnyLeft && this.#startsPending === 0) this.#startSoon()
  }

  #endFaults(): void {
    this.#areFaultsOver = true
    this.#trace('no more faults')
  }

  /** What sleeps may still do harm: everything stopped is woken up and runs to its end. */
  async #letZombiesEnd(): Promise<void> {
    for (const { incarnation } of this.#processes) incarnation.resume()
    const deadlineMs = this.#world.nowMs + 60_000
    const hasQuiet = () =>
      this.#world.nowMs > deadlineMs ||
      this.#processes.every(({ hasEnded, incarnation }) => hasEnded || incarnation.state === 'dead')
    await this.#world.run(hasQuiet)
  }

  #violate(violation: string): void {
    if (!this.#isFinished) this.#violations.push(violation)
  }

  #trace(line: string): void {
    this.#options.trace?.(`${String(this.#world.nowMs).padStart(7)} ms  ${line}`)
  }
}
