/** What an operator under test has emitted, main and side outputs in one order. */
import type { Key } from '../contracts/key.js'
import type { Input } from '../operators/input.js'

/** One emitted record. */
export interface Emission {
  /** The key whose element, timer or message emitted it. */
  readonly key: Key
  /** Side output; undefined for the main one. */
  readonly tag: string | undefined
  readonly value: unknown
  readonly timestampMs: number
}

/** Collects what leaves an operator. */
export class Emissions {
  readonly list: Emission[] = []
  /** Watermarks that left by the main output. */
  readonly watermarksMs: number[] = []
  /** What comes while this is set is not noted: subtasks that do the same as the first one. */
  isMuted = false
  /** Set before each call of the function. */
  key: Key = ''
  readonly main: Input
  readonly sideOutputs: ReadonlyMap<string, Input>

  /** `onRecord` is told of each record after it was noted. */
  constructor(onRecord: (value: unknown) => void = () => {}) {
    this.main = this.#output(undefined, onRecord)
    this.sideOutputs = new OutputsOnDemand((tag) => this.#output(tag, onRecord))
  }

  #output(tag: string | undefined, onRecord: (value: unknown) => void): Input {
    return {
      processElement: (value, timestampMs) => {
        if (this.isMuted) return
        this.list.push({ key: this.key, tag, value, timestampMs })
        onRecord(value)
      },
      processWatermark: (watermarkMs) => {
        if (tag === undefined) this.watermarksMs.push(watermarkMs)
      },
      processIdleness: () => {},
      processEnd: () => {},
    }
  }
}

/** A job knows its side outputs from its plan; here every tag that is asked for exists. */
class OutputsOnDemand extends Map<string, Input> {
  readonly #make: (tag: string) => Input

  constructor(make: (tag: string) => Input) {
    super()
    this.#make = make
  }

  override get(tag: string): Input {
    const known = super.get(tag)
    if (known !== undefined) return known
    const made = this.#make(tag)
    this.set(tag, made)
    return made
  }
}
