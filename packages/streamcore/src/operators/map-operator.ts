/** map: one record in, one record out. */
import type { Input } from './input.js'
import type { OperatorContext } from './operator-context.js'
import { StatelessOperator } from './stateless-operator.js'

/** Applies a function to each record. */
export class MapOperator extends StatelessOperator {
  readonly #map: (value: unknown) => unknown

  constructor(context: OperatorContext, output: Input, map: (value: unknown) => unknown) {
    super(context, output)
    this.#map = map
  }

  processElement(value: unknown, timestampMs: number): void {
    const map = this.#map
    let mapped: unknown
    try {
      mapped = map(value)
    } catch (thrown) {
      this.refuse(thrown, 'map', value)
      return
    }
    this.output.processElement(mapped, timestampMs)
  }
}
