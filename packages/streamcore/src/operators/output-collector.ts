/** The collector that user functions emit through. */
import type { Collector } from '../contracts/functions/process-context.js'
import type { Input } from './input.js'

/** Emits with the current element's time. */
export class OutputCollector implements Collector<unknown> {
  readonly #output: Input
  readonly #context: { readonly timestampMs: number }

  constructor(output: Input, context: { readonly timestampMs: number }) {
    this.#output = output
    this.#context = context
  }

  collect(value: unknown): void {
    this.#output.processElement(value, this.#context.timestampMs)
  }
}
