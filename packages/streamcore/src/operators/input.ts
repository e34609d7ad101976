/** The way inside a chain: one input of an operator, or the entrance of an exchange. */

/** Takes what flows along one edge, in order. Elements inside a chain are calls, never objects. */
export interface Input {
  /** A record; `timestampMs` is -Infinity when it has no event time. */
  processElement(value: unknown, timestampMs: number): void
  /** No record with a smaller or equal event time will follow. Never decreases. */
  processWatermark(watermarkMs: number): void
  /** An idle input no longer holds back the watermark of others. */
  processIdleness(isIdle: boolean): void
  /** The end of input; only barriers may follow, which are no business of inputs. */
  processEnd(): void
}

/** The output of an operator nobody listens to. */
export const discard: Input = Object.freeze({
  processElement: () => {},
  processWatermark: () => {},
  processIdleness: () => {},
  processEnd: () => {},
})

/** Gives everything to several inputs, in their order. */
export class FanOut implements Input {
  readonly #inputs: readonly Input[]

  constructor(inputs: readonly Input[]) {
    this.#inputs = inputs
  }

  processElement(value: unknown, timestampMs: number): void {
    for (const input of this.#inputs) input.processElement(value, timestampMs)
  }

  processWatermark(watermarkMs: number): void {
    for (const input of this.#inputs) input.processWatermark(watermarkMs)
  }

  processIdleness(isIdle: boolean): void {
    for (const input of this.#inputs) input.processIdleness(isIdle)
  }

  processEnd(): void {
    for (const input of this.#inputs) input.processEnd()
  }
}

/** One input for any number of targets. */
export function fanOut(inputs: readonly Input[]): Input {
  const [first] = inputs
  if (first === undefined) return discard
  return inputs.length === 1 ? first : new FanOut(inputs)
}

/** What an operator does with everything of an input that is no record. */
export interface InputEvents {
  readonly watermark: (watermarkMs: number) => void
  readonly idleness: (isIdle: boolean) => void
  readonly end: () => void
}
