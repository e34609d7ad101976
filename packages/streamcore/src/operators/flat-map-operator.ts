/** flatMap: one record in, any number out. */
import type { Input } from './input.js'
import type { OperatorContext } from './operator-context.js'
import { StatelessOperator } from './stateless-operator.js'

/** Emits every element of the iterable that the function gives. */
export class FlatMapOperator extends StatelessOperator {
  readonly #flatMap: (value: unknown) => Iterable<unknown>

  constructor(context: OperatorContext, output: Input, flatMap: (value: unknown) => Iterable<unknown>) {
    super(context, output)
    this.#flatMap = flatMap
  }

  processElement(value: unknown, timestampMs: number): void {
    const flatMap = this.#flatMap
    let results: Iterable<unknown>
    try {
      results = flatMap(value)
      // A generator may still throw: its outputs are kept back until it has ended, so that a refused record leaves none.
      if (!Array.isArray(results)) results = [...results]
    } catch (thrown) {
      this.refuse(thrown, 'flatMap', value)
      return
    }
    for (const result of results) this.output.processElement(result, timestampMs)
  }
}
