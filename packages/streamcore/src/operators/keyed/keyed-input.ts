/** One input of a keyed operator: selects the key, points state and context at it, calls the function. */
import type { KeySelector } from '../../contracts/functions/any-keyed-function.js'
import { StreamcoreError } from '../../contracts/errors.js'
import { canonicalText, type Key } from '../../contracts/key.js'
import type { KeyedStateBackend } from '../../contracts/state/keyed-state-backend.js'
import type { Input, InputEvents } from '../input.js'
import type { OperatorContext } from '../operator-context.js'
import type { OutputCollector } from '../output-collector.js'
import type { KeyedElementContext } from './keyed-context.js'
import type { KeyedCall } from './keyed-function.js'

/** Options of {@link KeyedInput}. */
export interface KeyedInputOptions extends InputEvents {
  readonly context: OperatorContext
  readonly selector: KeySelector
  readonly backend: KeyedStateBackend
  readonly element: KeyedElementContext
  readonly collector: OutputCollector
  readonly call: KeyedCall
  readonly callName: string
}

/** Records go to the function, everything else to the operator. */
export class KeyedInput implements Input {
  readonly #options: KeyedInputOptions
  readonly #selector: KeySelector
  readonly #backend: KeyedStateBackend
  readonly #element: KeyedElementContext
  readonly #collector: OutputCollector
  readonly #call: KeyedCall
  readonly #context: OperatorContext

  constructor(options: KeyedInputOptions) {
    this.#options = options
    this.#selector = options.selector
    this.#backend = options.backend
    this.#element = options.element
    this.#collector = options.collector
    this.#call = options.call
    this.#context = options.context
  }

  processElement(value: unknown, timestampMs: number): void {
    const element = this.#element
    let key: Key | undefined
    try {
      key = this.#selector.select(value)
      this.#backend.setCurrentKey(key)
      element.key = key
    } catch (thrown) {
      // The key is a good one: its state could not be read, or that of another key not be written to make room.
      if (key !== undefined && !isInvalidKey(thrown))
        this.#context.fail(thrown, { call: 'state access', value })
      this.#refuseKey(thrown, value)
      return
    }
    if (!this.#context.poison.isEmpty && this.#isPoison(value)) return
    element.timestampMs = timestampMs
    try {
      this.#call(value, element, this.#collector)
    } catch (thrown) {
      this.#context.fail(thrown, { call: this.#options.callName, key: element.key, value })
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

  /** A record without a key has touched no state: it is diverted like one that a stateless function refuses. */
  #refuseKey(thrown: unknown, value: unknown): void {
    const functionText = this.#selector.text
    if (!this.#context.hasDeadLetters) {
      this.#context.fail(thrown, {
        call: 'key selector',
        value,
        ...(functionText === undefined ? {} : { functionText }),
      })
    }
    this.#context.divert(thrown instanceof Error ? thrown.message : String(thrown), value)
  }

  #isPoison(value: unknown): boolean {
    const key = canonicalText(this.#element.key)
    const reason = this.#context.poison.reasonFor(this.#context.name, key, value)
    if (reason === undefined) return false
    this.#context.divert(reason, value, { key })
    return true
  }
}

function isInvalidKey(thrown: unknown): boolean {
  return thrown instanceof StreamcoreError && thrown.code === 'STREAMCORE_INVALID_KEY'
}
