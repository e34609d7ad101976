/** Wakes the executor's loop: callbacks only set it, the loop looks when it has nothing to do. */

/** A signal that stays set until somebody waits for it. */
export class Signal {
  #isSet = false
  #wake: (() => void) | undefined

  notify(): void {
    this.#isSet = true
    this.#wake?.()
    this.#wake = undefined
  }

  /** Resolves once `notify` has been called since the last wait. */
  async wait(): Promise<void> {
    if (!this.#isSet) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#isSet = false
  }
}
