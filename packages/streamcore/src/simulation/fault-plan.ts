/** What befalls a simulated job: drawn from the seed, plain data, so that a failing run can be shrunk and kept. */
import type { Random } from '../contracts/ports/random.js'
import type { JobPhase } from '../runtime/job-options.js'

/** Something that happens to the running process. */
export interface ProcessFault {
  /**
   * - `kill`: SIGKILL; the machine goes on
   * - `power`: the machine stops; what was not synced is lost or torn
   * - `zombie`: SIGSTOP; another machine takes over, then the old process wakes up
   * - `clock`: the wall clock jumps
   */
  readonly kind: 'kill' | 'power' | 'zombie' | 'clock'
  /**
   * When: at a time, before the n-th call to the disk or to any key-value store, or some time after a process has entered
   * a phase for the n-th time.
   */
  readonly at:
    | { readonly ms: number }
    | { readonly diskCall: number }
    | { readonly storeCall: number }
    | { readonly phase: JobPhase; readonly nth: number; readonly afterMs: number }
}

/** All faults of one run. */
export interface FaultPlan {
  readonly process: readonly ProcessFault[]
  /** Probability per disk call of EIO or ENOSPC. */
  readonly diskFault: number
  /** Probability per call to a key-value store of the same. */
  readonly storeFault: number
  /** Probability per disk call under way at a kill that it takes effect later. */
  readonly lateWrite: number
  /** Probabilities per request to a simulated service. */
  readonly loseRequest: number
  readonly loseReply: number
  readonly duplicate: number
}

/** Kinds of faults a simulation may draw; all unless told, but `stores` only where told. */
export interface FaultKinds {
  readonly kill?: boolean
  readonly power?: boolean
  readonly zombie?: boolean
  readonly clock?: boolean
  readonly disk?: boolean
  readonly services?: boolean
  /** Faults at the calls of key-value stores; for simulations that keep state or checkpoints there. */
  readonly stores?: boolean
}

const processFaultsMax = 6
const horizonMs = 600
const diskCallsMax = 400
const phases: readonly JobPhase[] = ['running', 'preparing', 'committing']

/** Draws the faults of a run. */
export function drawFaultPlan(random: Random, kinds: FaultKinds): FaultPlan {
  const processKinds = (['kill', 'power', 'zombie', 'clock'] as const).filter((kind) => kinds[kind] !== false)
  const count = processKinds.length === 0 ? 0 : random.below(processFaultsMax + 1)
  const process: ProcessFault[] = []
  for (let index = 0; index < count; index++) {
    const kind = processKinds[random.below(processKinds.length)] ?? 'kill'
    process.push({ kind, at: drawMoment(random, kinds.stores === true) })
  }
  const disk = kinds.disk !== false && random.below(3) === 0
  const services = kinds.services !== false && random.below(2) === 0
  return {
    process,
    diskFault: disk ? random.float() * 0.02 : 0,
    lateWrite: kinds.disk !== false && random.below(2) === 0 ? random.float() : 0,
    storeFault: kinds.stores === true && random.below(3) === 0 ? random.float() * 0.02 : 0,
    loseRequest: services ? random.float() * 0.05 : 0,
    loseReply: services ? random.float() * 0.1 : 0,
    duplicate: services ? random.float() * 0.2 : 0,
  }
}

function drawMoment(random: Random, hasStores: boolean): ProcessFault['at'] {
  const choice = random.below(hasStores ? 6 : 4)
  if (choice === 0) return { ms: random.below(horizonMs) }
  if (choice === 1) return { diskCall: 1 + random.below(diskCallsMax) }
  // A store is opened once and called a thousand times: early calls are as likely as late ones.
  if (choice >= 4) return { storeCall: 1 + random.below(8 << random.below(8)) }
  const phase = phases[random.below(phases.length)] ?? 'running'
  // Early, where starts are fragile, or late, after a chain of checkpoints.
  const nth = 1 + random.below(random.below(2) === 0 ? 3 : 16)
  return { phase, nth, afterMs: random.below(phase === 'running' ? 60 : 15) }
}

/** Plans with one fault less each, for shrinking. */
export function simplerPlans(plan: FaultPlan): readonly FaultPlan[] {
  const simpler: FaultPlan[] = plan.process.map((_, index) => ({
    ...plan,
    process: plan.process.filter((__, other) => other !== index),
  }))
  for (const rate of [
    'diskFault',
    'storeFault',
    'lateWrite',
    'loseRequest',
    'loseReply',
    'duplicate',
  ] as const) {
    if (plan[rate] > 0) simpler.push({ ...plan, [rate]: 0 })
  }
  return simpler
}
