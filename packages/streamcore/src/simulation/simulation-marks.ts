/** What a simulation has met: counts of faults and of situations that must sometimes occur, so that a green run is not empty. */

/** Named counts. */
export class SimulationMarks {
  readonly #counts = new Map<string, number>()

  mark(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount)
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  addAll(other: SimulationMarks): void {
    for (const [name, count] of other.#counts) this.mark(name, count)
  }

  /** Sorted by name. */
  entries(): readonly (readonly [string, number])[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Those of the names that never occurred. */
  missing(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.count(name) === 0)
  }
}
