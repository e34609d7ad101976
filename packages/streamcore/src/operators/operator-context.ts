/** What the factory hands to every operator. */
import type { DeadLetter } from '../contracts/functions/dead-letter.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Ports } from '../contracts/ports/ports.js'
import { discard, type Input } from './input.js'
import type { PoisonRecords } from './poison-records.js'
import { userFunctionError, type UserCall } from './user-function-error.js'
import { valueText } from './value-text.js'

/** Options of {@link OperatorContext}. */
export interface OperatorContextOptions {
  readonly name: string
  readonly subtaskIndex: number
  readonly ports: Ports
  /** Where refused records go; undefined when the job declares no dead-letter output. */
  readonly deadLetters: Input | undefined
  readonly poison: PoisonRecords
  /** The task's current place in its source, for messages. */
  readonly place: () => string | undefined
  readonly declaredAt: string | undefined
}

/** Name, ports, and the fate of records that a function refuses. */
export class OperatorContext {
  readonly name: string
  readonly subtaskIndex: number
  readonly ports: Ports
  readonly poison: PoisonRecords
  readonly declaredAt: string | undefined
  readonly hasDeadLetters: boolean
  /** The first failure; kept because user code may swallow what passes through it. */
  failure: StreamcoreError | undefined
  /** The dead-letter output; whoever owns this context also sends it watermarks and the end. */
  readonly deadLetters: Input
  readonly #place: () => string | undefined

  constructor(options: OperatorContextOptions) {
    this.name = options.name
    this.subtaskIndex = options.subtaskIndex
    this.ports = options.ports
    this.poison = options.poison
    this.declaredAt = options.declaredAt
    this.deadLetters = options.deadLetters ?? discard
    this.#place = options.place
    this.hasDeadLetters = options.deadLetters !== undefined
  }

  /** Sends a record to the dead-letter output; only valid when there is one. */
  divert(
    reason: string,
    value: unknown,
    where: { readonly key?: string; readonly place?: string } = {},
  ): void {
    const place = where.place ?? this.#place()
    const letter: DeadLetter = {
      uid: this.name,
      reason: reason.toWellFormed(),
      ...(place === undefined ? {} : { place }),
      ...(where.key === undefined ? {} : { key: where.key }),
      value: valueText(value),
    }
    this.ports.metrics.counter('dead_letters_total', { operator: this.name }).add(1)
    this.deadLetters.processElement(letter, Number.NEGATIVE_INFINITY)
  }

  /** Turns what a user function threw into the job's failure; what already is one passes. */
  fail(thrown: unknown, call: UserCall): never {
    if (thrown instanceof StreamcoreError && this.failure === thrown) throw thrown
    // Downstream operators already said everything there is to say.
    if (thrown instanceof StreamcoreError && thrown.details.operator !== undefined) throw thrown
    const place = this.#place()
    const failure = userFunctionError(thrown, {
      ...call,
      operator: this.name,
      subtaskIndex: this.subtaskIndex,
      ...(place === undefined ? {} : { place }),
      ...(this.declaredAt === undefined ? {} : { declaredAt: this.declaredAt }),
    })
    this.failure = failure
    throw failure
  }
}
