/** Durations of the public API, all in milliseconds. */

/** `count` milliseconds. */
export const milliseconds = (count: number): number => count
/** `count` seconds in milliseconds. */
export const seconds = (count: number): number => count * 1_000
/** `count` minutes in milliseconds. */
export const minutes = (count: number): number => count * 60_000
/** `count` hours in milliseconds. */
export const hours = (count: number): number => count * 3_600_000
