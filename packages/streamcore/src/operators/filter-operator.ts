/** filter: lets a record through or drops it. */
import type { Input } from './input.js'
import type { OperatorContext } from './operator-context.js'
import { StatelessOperator } from './stateless-operator.js'

/** Keeps the records for which the predicate holds. */
export class FilterOperator extends StatelessOperator {
  readonly #filter: (value: unknown) => boolean

  constructor(context: OperatorContext, output: Input, filter: (value: unknown) => boolean) {
    super(context, output)
    this.#filter = filter
  }

  processElement(value: unknown, timestampMs: number): void {
    const filter = this.#filter
    let isKept: boolean
    try {
      isKept = filter(value)
    } catch (thrown) {
      this.refuse(thrown, 'filter', value)
      return
    }
    if (isKept) this.output.processElement(value, timestampMs)
  }
}
