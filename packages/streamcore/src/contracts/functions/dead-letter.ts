/** A record that could not be processed, with the reason and the place: nothing vanishes silently. */

/** What the dead-letter stream of a job carries. Plain data, so that any sink can store it. */
export interface DeadLetter {
  /** uid (or generated name) of the operator that refused the record. */
  readonly uid: string
  readonly reason: string
  /** Source position in words where it is known. */
  readonly place?: string
  /** Canonical text of the key where there is one. */
  readonly key?: string
  /** The record as JSON text, or the raw input, cut to a bounded length. */
  readonly value: string
}
