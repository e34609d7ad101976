/** Where values that were kept as `unknown` get the type of the descriptor they were stored under. */

/** The stored value under its declared type. */
export function stored<T>(value: unknown): T {
  // A slot is only written through the handle of the same descriptor, or decoded from its column of a block.
  return value as T
}
