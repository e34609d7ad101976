/** Progress of long steps: a bar at a terminal, otherwise a few plain lines. */
import { type Options, Presets, SingleBar } from 'cli-progress'

/** One step at a time. */
export interface Progress {
  /** Begins a step; an unknown total is 0. */
  start(what: string, total: number): void
  update(done: number): void
  /** Ends the step. */
  stop(): void
  /** Something to say between steps. */
  say(line: string): void
}

/** Where progress is shown. */
export interface ProgressTerminal {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Progress on a terminal or a plain stream. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? new BarProgress(stream) : new LineProgress(stream)
}

const barOptions: Options = { hideCursor: true, clearOnComplete: true, etaBuffer: 50 }

class BarProgress implements Progress {
  readonly #stream: NodeJS.WriteStream
  #bar: SingleBar | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  start(what: string, total: number): void {
    this.stop()
    const bar = total === 0 ? '{value}' : '{bar} {percentage}% | {value}/{total}'
    const format = `${what.padEnd(10)} ${bar} | {duration_formatted}`
    this.#bar = new SingleBar({ ...barOptions, format, stream: this.#stream }, Presets.shades_classic)
    this.#bar.start(Math.max(1, total), 0)
  }

  update(done: number): void {
    this.#bar?.update(done)
  }

  stop(): void {
    this.#bar?.stop()
    this.#bar = undefined
  }

  say(line: string): void {
    this.stop()
    this.#stream.write(`${line}\n`)
  }
}

const linesPerStep = 4

/** Says at most {@link linesPerStep} times how far a step has come. */
export class LineProgress implements Progress {
  readonly #stream: ProgressTerminal
  #what = ''
  #total = 0
  #told = 0

  constructor(stream: ProgressTerminal) {
    this.#stream = stream
  }

  start(what: string, total: number): void {
    this.#what = what
    this.#total = total
    this.#told = 0
  }

  update(done: number): void {
    const quarter = this.#total === 0 ? 0 : Math.floor((done / this.#total) * linesPerStep)
    if (quarter <= this.#told) return
    this.#told = quarter
    this.say(`${this.#what.padEnd(10)} ${count(Math.min(done, this.#total))} of ${count(this.#total)}`)
  }

  stop(): void {
    this.#total = 0
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`)
  }
}

/** A number as people read it. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}
