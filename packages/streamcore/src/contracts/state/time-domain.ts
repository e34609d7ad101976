/** Which time a timer or the age of state is counted in. */

/** The two time domains. */
export type TimeDomain = 'event' | 'processing'
