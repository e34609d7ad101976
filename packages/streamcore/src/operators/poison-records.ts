/** Records on which a stateful function failed, remembered across restarts so that they can be diverted before it. */
import { valueText } from './value-text.js'

/** Recognises a record by operator, key and content. */
export class PoisonRecords {
  readonly #attempts = new Map<string, number>()
  readonly #diverted = new Map<string, string>()

  /** Whether any record has to be looked at; false keeps the check off the hot path. */
  get isEmpty(): boolean {
    return this.#diverted.size === 0
  }

  /** Notes a failure; from the `maxAttempts`-th on the record is diverted. Gives the number of attempts so far. */
  note(id: string, reason: string, maxAttempts: number): number {
    const attempts = (this.#attempts.get(id) ?? 0) + 1
    this.#attempts.set(id, attempts)
    if (attempts >= maxAttempts) this.#diverted.set(id, reason)
    return attempts
  }

  /** What is diverted and why, for other threads. */
  diverted(): readonly (readonly [id: string, reason: string])[] {
    return [...this.#diverted]
  }

  /** Diverts a record that somebody else has counted. */
  divert(id: string, reason: string): void {
    this.#diverted.set(id, reason)
  }

  /** Why a record must not reach its operator; undefined when it may. */
  reasonFor(operator: string, key: string, value: unknown): string | undefined {
    return this.#diverted.get(poisonId(operator, key, value))
  }
}

/** Identity of a record at an operator. */
export function poisonId(operator: string, key: string, value: unknown): string {
  return `${operator}\n${key}\n${valueText(value)}`
}
