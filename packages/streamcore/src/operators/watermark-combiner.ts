/** The watermark of several inputs: the smallest one of those that are not idle; it never goes back. */

/** Combines the watermarks of numbered inputs. */
export class WatermarkCombiner {
  readonly #watermarksMs: number[]
  readonly #isIdle: boolean[]
  #combinedMs: number
  #allIdle = false

  /** `restoredMs` is the combined watermark of an earlier run; it is never undercut. */
  constructor(inputCount: number, restoredMs: number = Number.NEGATIVE_INFINITY) {
    this.#watermarksMs = Array.from({ length: inputCount }, () => Number.NEGATIVE_INFINITY)
    this.#isIdle = Array.from({ length: inputCount }, () => false)
    this.#combinedMs = restoredMs
  }

  get combinedMs(): number {
    return this.#combinedMs
  }

  /** All inputs are idle, so the output is. */
  get isIdle(): boolean {
    return this.#allIdle
  }

  /** Notes a watermark; true when the combined one advanced. A smaller one than before is ignored. */
  advance(input: number, watermarkMs: number): boolean {
    if (watermarkMs > (this.#watermarksMs[input] ?? watermarkMs)) this.#watermarksMs[input] = watermarkMs
    return this.#combine()
  }

  /** Marks an input idle or active again; true when the combined watermark advanced. */
  setIdle(input: number, isIdle: boolean): boolean {
    this.#isIdle[input] = isIdle
    this.#allIdle = this.#isIdle.every((idle) => idle)
    return this.#combine()
  }

  #combine(): boolean {
    if (this.#allIdle) return false
    let smallest = Number.POSITIVE_INFINITY
    for (const [input, watermarkMs] of this.#watermarksMs.entries()) {
      if (this.#isIdle[input] !== true && watermarkMs < smallest) smallest = watermarkMs
    }
    if (smallest <= this.#combinedMs) return false
    this.#combinedMs = smallest
    return true
  }
}
