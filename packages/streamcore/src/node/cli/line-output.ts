/** Lines on standard output, as many as there may be: waits for a slow reader and ends quietly when it has gone. */
import { once } from 'node:events'

/** Writes lines; resolves once the reader has room again. */
export class LineOutput {
  #hasGone = false

  constructor() {
    // `streamcore state export … | head` closes the pipe.
    process.stdout.on('error', () => {
      this.#hasGone = true
    })
  }

  /** Nobody reads any more. */
  get hasGone(): boolean {
    return this.#hasGone
  }

  async write(line: string): Promise<void> {
    if (this.#hasGone || process.stdout.write(`${line}\n`)) return
    const waiting = new AbortController()
    const { signal } = waiting
    await Promise.race([once(process.stdout, 'drain', { signal }), once(process.stdout, 'close', { signal })])
      .catch(() => {})
      .finally(() => waiting.abort())
  }
}
