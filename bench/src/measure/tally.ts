/** What an engine has to show for its work: it must be the same for all engines. */

/** Records that reached the sink, and the sum of their check values as signed 32-bit integers. */
export interface Tally {
  readonly out: number
  readonly sum: number
}

/** A tally that still counts. */
export interface RunningTally {
  out: number
  sum: number
}

/** Whether two engines did the same work. */
export function isSameTally(a: Tally, b: Tally): boolean {
  return a.out === b.out && a.sum === b.sum
}

/** A tally in words. */
export function tallyText({ out, sum }: Tally): string {
  return `out ${out}, sum ${sum}`
}
