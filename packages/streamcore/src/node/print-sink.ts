/** A sink that prints: for trying things, and for piping results into the next program. */
import type { AtLeastOnceSink, SinkWriter } from '../contracts/sink.js'

/** Options of {@link printSink}. */
export interface PrintSinkOptions<T> {
  /** One line for a record; text as it is and JSON of everything else unless told. */
  readonly format?: (value: T) => string
  /** Takes whole lines with their line ends; standard output unless told. */
  readonly write?: (lines: string) => void
}

/** Lines are handed over in pieces of about this many characters. */
const pieceLength = 65_536

/** Prints each record as a line, at least once: after a restart lines since the last checkpoint are printed again. */
export function printSink<T>(options: PrintSinkOptions<T> = {}): AtLeastOnceSink<T> {
  const { format = lineOf, write = (lines) => void process.stdout.write(lines) } = options
  return Object.freeze({
    kind: 'print',
    delivery: 'at-least-once' as const,
    config: null,
    createWriter: async () => new PrintWriter(format, write),
  })
}

class PrintWriter<T> implements SinkWriter<T, never> {
  readonly #format: (value: T) => string
  readonly #write: (lines: string) => void
  #lines = ''
  #isFlushPlanned = false

  constructor(format: (value: T) => string, write: (lines: string) => void) {
    this.#format = format
    this.#write = write
  }

  write(value: T): void {
    this.#lines += `${this.#format(value)}\n`
    if (this.#lines.length >= pieceLength) this.#flush()
    else this.#planFlush()
  }

  /** Everything is out before the checkpoint completes: what it covers is never lost. */
  prepareCommit(): readonly never[] {
    this.#flush()
    return []
  }

  pendingBytes(): number {
    return 0
  }

  async close(): Promise<void> {
    this.#flush()
  }

  /** Somebody may be watching: lines wait for the end of the current turn only. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    setImmediate(() => {
      this.#isFlushPlanned = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#lines === '') return
    const lines = this.#lines
    this.#lines = ''
    this.#write(lines)
  }
}

function lineOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
