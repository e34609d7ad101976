/** Randomness comes in through this port. */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  u32(): number
  /** A number in [0, 1). */
  float(): number
  /** A whole number in [0, bound). */
  below(bound: number): number
  /** An independent generator whose numbers depend only on this one's seed and the label. */
  fork(label: string): Random
}
