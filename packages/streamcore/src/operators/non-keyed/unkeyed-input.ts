/** An input whose elements have no key: points the context at each and calls the function. */
import type { AnyProcessContext } from '../../contracts/functions/any-unkeyed-function.js'
import type { Collector } from '../../contracts/functions/process-context.js'
import type { CurrentTime } from '../../contracts/functions/unkeyed-context.js'
import type { OperatorStateDescriptors, OperatorStateHandles } from '../../contracts/state/operator-state.js'
import type { OperatorStateStore } from '../../state/operator/operator-state-store.js'
import type { ElementContext } from '../element-context.js'
import type { EmittingCall } from '../emitting-call.js'
import type { Input, InputEvents } from '../input.js'
import type { OperatorContext } from '../operator-context.js'

/** The context of elements without a key. */
export type UnkeyedElementContext = ElementContext<
  OperatorStateHandles<OperatorStateDescriptors>,
  CurrentTime
>

/** Options of {@link UnkeyedInput}. */
export interface UnkeyedInputOptions extends InputEvents {
  readonly context: OperatorContext
  readonly element: UnkeyedElementContext
  readonly collector: Collector<unknown>
  readonly call: EmittingCall<AnyProcessContext>
  readonly callName: 'processElement' | 'processBroadcastElement'
  /** Whose broadcast states these elements may change; undefined for elements that only one subtask sees. */
  readonly writes: OperatorStateStore | undefined
}

/** Records go to the function, everything else to the operator. */
export class UnkeyedInput implements Input {
  readonly #options: UnkeyedInputOptions

  constructor(options: UnkeyedInputOptions) {
    this.#options = options
  }

  processElement(value: unknown, timestampMs: number): void {
    const { context, element, call, callName, collector, writes } = this.#options
    if (!context.poison.isEmpty && this.#isPoison(value)) return
    element.timestampMs = timestampMs
    try {
      if (writes === undefined) call(value, element, collector)
      else writes.whileWriting(() => call(value, element, collector))
    } catch (thrown) {
      context.fail(thrown, { call: callName, value, isStateful: true })
    }
  }

  processWatermark(watermarkMs: number): void {
    this.#options.watermark(watermarkMs)
  }

  processIdleness(isIdle: boolean): void {
    this.#options.idleness(isIdle)
  }

  processEnd(): void {
    this.#options.end()
  }

  #isPoison(value: unknown): boolean {
    const { context, writes } = this.#options
    const reason = context.poison.reasonFor(context.name, '', value)
    if (reason === undefined) return false
    // Every subtask leaves out a broadcast element, so that their copies stay equal; one dead letter is enough.
    if (writes === undefined || context.subtaskIndex === 0) context.divert(reason, value)
    return true
  }
}
