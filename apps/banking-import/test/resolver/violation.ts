// What a run did wrong.

/** A promise of the resolver that a run has broken. */
export class Violation extends Error {}
