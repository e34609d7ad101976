/** The versions of a record that were given up: one that comes again is taken while nothing newer has gone by. */
import type { Entry } from './entry.js'

/** What is kept of a record once one of its versions was given up. */
export interface GivenUp {
  /** The newest attempt that has arrived; attempts of a record ascend. */
  readonly attempt: number
  /** Versions that may come again, ascending. */
  readonly versions: readonly number[]
}

const nothing: GivenUp = { attempt: 0, versions: [] }
/** Older ones can no longer come again. */
const versionsMax = 1_000

/** Whether the attempt has not arrived yet. */
export function isNewAttempt({ givenUp = nothing }: Entry, attempt: number): boolean {
  return attempt > givenUp.attempt
}

/** The entry that remembers that a version was given up. */
export function withGivenUp(entry: Entry, version: number): Entry {
  const { attempt, versions } = entry.givenUp ?? nothing
  const ascending = [...versions, version].sort((a, b) => a - b)
  return { ...entry, givenUp: { attempt, versions: ascending.slice(-versionsMax) } }
}

/** What an entry goes on remembering once a version has been released or deleted: nothing older ever comes again. */
export function givenUpAfter({ givenUp }: Entry, version: number): Pick<Entry, 'givenUp'> {
  if (givenUp === undefined) return {}
  return { givenUp: { ...givenUp, versions: givenUp.versions.filter((each) => each > version) } }
}

/** The entry once an attempt has arrived, and whether its version is wanted: it is only once. */
export function withAttempt(
  entry: Entry,
  { attempt, version }: { readonly attempt: number; readonly version: number },
): { readonly entry: Entry; readonly isWanted: boolean } {
  const { versions } = entry.givenUp ?? nothing
  const left = versions.filter((each) => each !== version)
  return {
    entry: { ...entry, givenUp: { attempt, versions: left } },
    isWanted: left.length < versions.length || version > entry.last,
  }
}
