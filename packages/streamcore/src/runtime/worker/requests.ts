/** Questions over a link: each has a number, and its answer finds whoever asked. */

/** Open questions, bounded by those who wait for an answer. */
export class Requests<T> {
  readonly #open = new Map<number, { resolve(value: T): void; reject(error: unknown): void }>()
  #next = 1

  /** Sends a question under its number and resolves with the answer. */
  ask(send: (request: number) => void): Promise<T> {
    const request = this.#next++
    return new Promise((resolve, reject) => {
      this.#open.set(request, { resolve, reject })
      send(request)
    })
  }

  resolve(request: number, value: T): void {
    this.#take(request)?.resolve(value)
  }

  reject(request: number, error: unknown): void {
    this.#take(request)?.reject(error)
  }

  /** Nobody will answer any more. */
  rejectAll(error: unknown): void {
    for (const request of this.#open.keys()) this.reject(request, error)
  }

  #take(request: number) {
    const asked = this.#open.get(request)
    this.#open.delete(request)
    return asked
  }
}
