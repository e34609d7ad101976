/** What map, filter and flatMap share: one input, one output, no state. */
import type { StateDescription } from '../contracts/state/state-descriptors.js'
import type { Input } from './input.js'
import type { OperatorContext } from './operator-context.js'
import type { OperatorSnapshot, StreamOperator } from './stream-operator.js'

/** Base of stateless operators; sub-classes process elements, everything else passes through. */
export abstract class StatelessOperator implements StreamOperator, Input {
  readonly name: string
  readonly uid: undefined
  readonly states: readonly StateDescription[] = []
  readonly inputs: readonly Input[]
  readonly isOverloaded = false
  isEnded = false
  protected readonly context: OperatorContext
  protected readonly output: Input

  constructor(context: OperatorContext, output: Input) {
    this.name = context.name
    this.context = context
    this.output = output
    this.inputs = [this]
  }

  abstract processElement(value: unknown, timestampMs: number): void

  processWatermark(watermarkMs: number): void {
    this.output.processWatermark(watermarkMs)
    this.context.deadLetters.processWatermark(watermarkMs)
  }

  processIdleness(isIdle: boolean): void {
    this.output.processIdleness(isIdle)
    this.context.deadLetters.processIdleness(isIdle)
  }

  processEnd(): void {
    this.isEnded = true
    this.output.processEnd()
    this.context.deadLetters.processEnd()
  }

  snapshot(): OperatorSnapshot | undefined {
    return undefined
  }

  runOwnWork(): number {
    return 0
  }

  nextWorkMs(): number {
    return Number.POSITIVE_INFINITY
  }

  checkpointCommitted(): void {}

  async close(): Promise<void> {}

  /** A throw in a stateless function diverts the record, or fails the job where nobody takes dead letters. */
  protected refuse(thrown: unknown, call: string, value: unknown): void {
    if (!this.context.hasDeadLetters) this.context.fail(thrown, { call, value })
    this.context.divert(thrown instanceof Error ? thrown.message : String(thrown), value)
  }
}
