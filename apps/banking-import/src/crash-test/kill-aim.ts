/** When to kill: the phases hit least so far come first, the moment within a phase is drawn. */
import type { Random } from 'streamcore'

/** Phases of an import's process. `producing` comes before its first record. */
export const phases = ['producing', 'restoring', 'running', 'preparing', 'committing'] as const
/** One of {@link phases}. */
export type Phase = (typeof phases)[number]

/** Phases that come after an import's first record. */
export const countedPhases = ['restoring', 'running', 'preparing', 'committing'] as const

/** A moment. */
export interface KillAim {
  readonly phase: Phase
  /** When the phase is entered for the n-th time by this process. */
  readonly nth: number
  readonly delayMs: number
}

/** How many processes died in which phase. */
export class KillTally {
  readonly #counts = new Map<Phase, number>()

  add(phase: Phase): void {
    this.#counts.set(phase, this.count(phase) + 1)
  }

  count(phase: Phase): number {
    return this.#counts.get(phase) ?? 0
  }

  /** Kills after the first record. */
  get total(): number {
    return countedPhases.reduce((sum, phase) => sum + this.count(phase), 0)
  }

  get missing(): readonly Phase[] {
    return countedPhases.filter((phase) => this.count(phase) === 0)
  }

  /** `restoring 12, running 14, preparing 9, committing 15`. */
  get text(): string {
    return countedPhases.map((phase) => `${phase} ${this.count(phase)}`).join(', ')
  }
}

/** The longest a kill waits within a phase, in milliseconds. */
const delayMsMax: Readonly<Record<Phase, number>> = {
  producing: 200,
  restoring: 120,
  running: 90,
  preparing: 4,
  committing: 25,
}
/** Later rounds are left to the processes that follow: each makes a little progress. */
const nthMax = 2
const killsWhileProducing = 0.1

/** What a process can be hit in. */
export interface AimOptions {
  /** Of its import: it restores nothing. */
  readonly isFirstProcess: boolean
  /** The first process of an import produces; without topics none does. */
  readonly mayProduce: boolean
}

/** Draws a moment. */
export function drawAim(
  random: Random,
  tally: KillTally,
  { isFirstProcess, mayProduce }: AimOptions,
): KillAim {
  if (isFirstProcess && mayProduce && random.float() < killsWhileProducing) return moment(random, 'producing')
  const possible = countedPhases.filter((phase) => !(isFirstProcess && phase === 'restoring'))
  const least = Math.min(...possible.map((phase) => tally.count(phase)))
  const rare = possible.filter((phase) => tally.count(phase) === least)
  const among = random.below(2) === 0 ? rare : possible
  return moment(random, among[random.below(among.length)] ?? 'running')
}

function moment(random: Random, phase: Phase): KillAim {
  return {
    phase,
    nth: phase === 'producing' || phase === 'restoring' ? 1 : 1 + random.below(nthMax),
    delayMs: random.below(delayMsMax[phase] + 1),
  }
}
