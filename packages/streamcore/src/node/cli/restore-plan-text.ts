/** A restore plan for people. */
import type { CheckpointManifest } from '../../contracts/checkpoint-storage.js'
import { durationText } from '../../contracts/duration.js'
import type { DeclaredStateDescription } from '../../contracts/state/operator-state.js'
import { isRefused } from '../../runtime/restore-check.js'
import type { PlannedState } from '../../runtime/restore-plan.js'

/** What is said beside the plan. */
export interface PlanTextOptions {
  readonly jobName: string
  readonly place: string
  readonly allowDroppedState: boolean
}

/** One line per piece of state, then what to do about each that would be refused. */
export function restorePlanText(
  planned: readonly PlannedState[],
  manifest: CheckpointManifest,
  options: PlanTextOptions,
): string {
  const rows = planned.map((each) => [each.fate, nameOf(each), describe(each)] as const)
  const width = Math.max(...rows.map(([, name]) => name.length))
  const refused = planned.filter((each) => isRefused(each, options))
  return [
    `job '${options.jobName}' from checkpoint ${manifest.id} of job '${manifest.jobId}' in ${options.place}`,
    '',
    ...rows.map(([fate, name, text]) => `  ${fate.padEnd(13)} ${name.padEnd(width)}  ${text}`.trimEnd()),
    '',
    ...refused.map(({ reason }) => `refused: ${reason}`),
    ...(refused.length === 0 ? ['nothing is in the way of this restore'] : []),
    '',
  ].join('\n')
}

/** `uid` or `uid.state`. */
export function nameOf({ uid, state }: PlannedState): string {
  return state === undefined ? uid : `${uid}.${state}`
}

function describe({ state, stored, declared }: PlannedState): string {
  if (state === undefined) return 'operator'
  if (stored === undefined) return described(declared)
  if (declared === undefined) return described(stored)
  return described(stored) === described(declared)
    ? described(stored)
    : `${described(stored)} -> ${described(declared)}`
}

function described(state: DeclaredStateDescription | undefined): string {
  if (state === undefined) return ''
  const { kind, version, ttl } = state
  const life = ttl === undefined ? '' : `, ttl ${durationText(ttl.timeMs)} of ${ttl.timeDomain} time`
  return `${kind} state, version ${version}${life}`
}
