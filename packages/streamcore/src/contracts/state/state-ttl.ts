/** Time to live of keyed state (Flink's StateTtlConfig): what was not used for a while is gone. */
import { type DurationText, durationMs } from '../duration.js'
import { StreamcoreError } from '../errors.js'
import type { TimeDomain } from './time-domain.js'

/**
 * What counts as use.
 * - `on-create-and-write`: writing
 * - `on-read-and-write`: reading as well
 */
export type StateTtlUpdateType = 'on-create-and-write' | 'on-read-and-write'

/**
 * What a read gives of state that has expired.
 * - `never-return-expired`: nothing
 * - `return-expired-if-not-cleaned-up`: what there was, unless it has been removed meanwhile
 */
export type StateTtlVisibility = 'never-return-expired' | 'return-expired-if-not-cleaned-up'

/** How long state lives. Each element of a list and each entry of a map has a life of its own. */
export interface StateTtlConfig {
  /** How long after its last use it expires: `'7 days'`, `hours(1)`, or milliseconds; at least one. */
  readonly time: DurationText | number
  /** `on-create-and-write` unless told. */
  readonly updateType?: StateTtlUpdateType
  /** `never-return-expired` unless told. */
  readonly visibility?: StateTtlVisibility
  /**
   * `processing` unless told: the age is counted by the clock. `event`: by the event time of records, and of timers that fire;
   * records without event time count as at the watermark.
   */
  readonly timeDomain?: TimeDomain
}

/** A {@link StateTtlConfig} as descriptors hold it. Only `timeMs` and `timeDomain` stand in checkpoints. */
export interface StateTtl {
  readonly timeMs: number
  readonly timeDomain: TimeDomain
  readonly updateType?: StateTtlUpdateType
  readonly visibility?: StateTtlVisibility
}

const choices: Readonly<Record<string, readonly string[]>> = {
  updateType: ['on-create-and-write', 'on-read-and-write'],
  visibility: ['never-return-expired', 'return-expired-if-not-cleaned-up'],
  timeDomain: ['processing', 'event'],
}

/**
 * Checks a configuration.
 * @throws StreamcoreError `STREAMCORE_CONFIG` naming state and field
 */
export function stateTtl(state: string, config: StateTtlConfig): StateTtl {
  if (typeof config !== 'object' || config === null)
    refuse(state, 'ttl', "an object such as { time: '7 days' }", config)
  for (const [field, value] of Object.entries(config)) {
    if (field === 'time') continue
    const allowed = choices[field]
    if (allowed === undefined)
      refuse(state, 'ttl', `to have the fields time, ${Object.keys(choices).join(', ')} only`, field)
    if (value !== undefined && !allowed.includes(String(value))) {
      refuse(state, `ttl.${field}`, allowed.map((choice) => `'${choice}'`).join(' or '), value)
    }
  }
  const timeMs = durationMs(config.time)
  if (timeMs === undefined) {
    refuse(
      state,
      'ttl.time',
      "a duration of at least one millisecond, such as '7 days' or hours(1)",
      config.time,
    )
  }
  const { timeDomain = 'processing', updateType, visibility } = config
  return Object.freeze({
    timeMs,
    timeDomain,
    ...(updateType === undefined ? {} : { updateType }),
    ...(visibility === undefined ? {} : { visibility }),
  })
}

/** The part of a time to live that stands in plans and checkpoints. */
export function storedTtl({ timeMs, timeDomain }: StateTtl): StateTtl {
  return Object.freeze({ timeMs, timeDomain })
}

function refuse(state: string, field: string, expected: string, came: unknown): never {
  const text = typeof came === 'string' ? `'${came}'` : String(came)
  const verb = expected.startsWith('to ') ? expected : `to be ${expected}`
  throw new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected \`${field}\` of state "${state}" ${verb}, got ${text} (${typeof came}); correct it where the state is declared`,
    { details: { config: field } },
  )
}
