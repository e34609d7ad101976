/** The watermark of several inputs: the smallest one of those that are neither idle nor ended; it never goes back. */

/** Combines the watermarks of numbered inputs. */
export class WatermarkCombiner {
  readonly #watermarksMs: number[]
  readonly #isIdle: boolean[]
  readonly #hasEnded: boolean[]
  #combinedMs: number
  #allIdle = false

  /** `restoredMs` is the combined watermark of an earlier run; it is never undercut. */
  constructor(inputCount: number, restoredMs: number = Number.NEGATIVE_INFINITY) {
    this.#watermarksMs = Array.from({ length: inputCount }, () => Number.NEGATIVE_INFINITY)
    this.#isIdle = Array.from({ length: inputCount }, () => false)
    this.#hasEnded = Array.from({ length: inputCount }, () => false)
    this.#combinedMs = restoredMs
  }

  get combinedMs(): number {
    return this.#combinedMs
  }

  /** All inputs that have not ended are idle, and there is one: so the output is idle. */
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
    return this.#combine()
  }

  /**
   * Marks an input that has ended; true when the combined watermark advanced. It advances to Infinity only when all have
   * ended: an idle input may still come back.
   */
  end(input: number): boolean {
    this.#hasEnded[input] = true
    return this.#combine()
  }

  #combine(): boolean {
    let smallest = Number.POSITIVE_INFINITY
    let active = 0
    let open = 0
    for (const [input, watermarkMs] of this.#watermarksMs.entries()) {
      if (this.#hasEnded[input] === true) continue
      open++
      if (this.#isIdle[input] === true) continue
      active++
      if (watermarkMs < smallest) smallest = watermarkMs
    }
    this.#allIdle = open > 0 && active === 0
    if (this.#allIdle || smallest <= this.#combinedMs) return false
    this.#combinedMs = smallest
    return true
  }
}
