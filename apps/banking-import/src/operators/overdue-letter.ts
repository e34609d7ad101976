/** The dead letter of a version that has waited too long. */
import { type DeadLetter, type OutputTag, outputTag } from 'streamcore'
import type { RecordKey } from '../model/record-key.js'
import type { WaitingVersion } from './resolve-state.js'

/** What the letter says besides what every dead letter says. */
export interface OverdueLetter extends DeadLetter {
  readonly key: RecordKey
  readonly version: number
  /** Records that it waits for. */
  readonly missing: readonly RecordKey[]
  /** How often it had been redriven. */
  readonly attempt: number
  readonly sinceMs: number
  /** The version waits on and goes by itself once what it waits for comes; otherwise it was given up and may be redriven. */
  readonly isWaiting: boolean
}

/** These letters as a side output. */
export const overdueTag: OutputTag<OverdueLetter> = outputTag('overdue')

/** Why a version was given up, or is only reported. */
export type OverdueReason = 'waits-on' | 'too-long' | 'backlog'

/** Writes the letter. */
export function overdueLetter(
  { version, since, asks, place, row, sinceMs }: WaitingVersion,
  { uid, key, reason }: { readonly uid: string; readonly key: RecordKey; readonly reason: OverdueReason },
): OverdueLetter {
  const missing = asks.filter(({ answer }) => answer !== 'granted').map(({ parent }) => parent)
  return {
    uid,
    reason: `${phrases[reason]} ${missing.join(', ')}`,
    place,
    key,
    value: JSON.stringify(row),
    version,
    missing,
    attempt: since < 0 ? -since : 0,
    sinceMs,
    isWaiting: reason === 'waits-on',
  }
}

const phrases = {
  'waits-on': 'overdue, and goes on waiting, for',
  'too-long': 'waited longer than allowed for',
  backlog: 'given up because too many wait, as it does, for',
} as const
