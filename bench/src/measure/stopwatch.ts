/** Takes the time of one run: from the first record to the end of input, and of the part after the first quarter. */
import { cpus } from 'node:os'
import { descendantsCpuMs } from './process-tree.js'

/** What a run cost. */
export interface Timing {
  /** From just before record 0 until the last sink has seen the end of input. */
  readonly seconds: number
  /** The same from the moment a quarter of the records had been generated: most of the warm-up is over. */
  readonly steadySeconds: number
  /** Processor time in the steady part: all threads, compiler and garbage collector included, and all child processes. */
  readonly steadyCpuSeconds: number
  /** Busy cores of everything else on the machine in the steady part. */
  readonly otherCores: number
  /** When the first record was generated, in milliseconds since 1970. */
  readonly firstRecordAtMs: number
}

interface Mark {
  /** By the clock that all threads of the process share; never 0. */
  readonly ms: number
  readonly atMs: number
  readonly cpuMs: number
  readonly machineCpuMs: number
}

const numbersPerMark = 4
const [start, quarter, end] = [0, 1, 2]

/** How many numbers a stopwatch keeps. */
export const stopwatchLength = 3 * numbersPerMark

/** Started, passed and stopped once each per run; of several sinks the last stop counts. */
export class Stopwatch {
  readonly #marks: Float64Array

  /** `marks`: all zero at first; on shared memory where another thread is to read the times. */
  constructor(marks: Float64Array = new Float64Array(stopwatchLength)) {
    this.#marks = marks
  }

  /** Just before the first record is generated; only the first call counts. */
  start(): void {
    if (this.#markAt(start) === undefined) this.#put(start, mark())
  }

  /** A quarter of the records has been generated. */
  passQuarter(): void {
    if (this.#markAt(quarter) === undefined) this.#put(quarter, mark())
  }

  /** A sink has seen the end of input; the last call counts. */
  stop(): void {
    this.#put(end, mark())
  }

  /** Takes over what the stopwatch of another thread saw earlier, or of the end: later. */
  include(other: Stopwatch): void {
    for (const place of [start, quarter, end]) {
      const mine = this.#markAt(place)
      const theirs = other.#markAt(place)
      if (theirs === undefined) continue
      if (mine === undefined || theirs.ms > mine.ms === (place === end)) this.#put(place, theirs)
    }
  }

  /** The times of a run that is over. */
  timing(): Timing {
    const [first, quarterPassed, last] = [start, quarter, end].map((place) => this.#markAt(place))
    if (first === undefined || quarterPassed === undefined || last === undefined) {
      throw new Error(
        'Expected a run to start, to pass a quarter of its records and to end, before it is timed',
      )
    }
    const steadyMs = last.ms - quarterPassed.ms
    const cpuMs = last.cpuMs - quarterPassed.cpuMs
    return {
      seconds: (last.ms - first.ms) / 1_000,
      steadySeconds: steadyMs / 1_000,
      steadyCpuSeconds: cpuMs / 1_000,
      otherCores: Math.max(0, (last.machineCpuMs - quarterPassed.machineCpuMs - cpuMs) / steadyMs),
      firstRecordAtMs: first.atMs,
    }
  }

  #markAt(place: number): Mark | undefined {
    const from = place * numbersPerMark
    const [ms = 0, atMs = 0, cpuMs = 0, machineCpuMs = 0] = this.#marks.subarray(from, from + numbersPerMark)
    return ms === 0 ? undefined : { ms, atMs, cpuMs, machineCpuMs }
  }

  #put(place: number, { ms, atMs, cpuMs, machineCpuMs }: Mark): void {
    this.#marks.set([ms, atMs, cpuMs, machineCpuMs], place * numbersPerMark)
  }
}

function mark(): Mark {
  const { user, system } = process.cpuUsage()
  return {
    ms: Number(process.hrtime.bigint()) / 1e6,
    atMs: Date.now(),
    cpuMs: (user + system) / 1_000 + descendantsCpuMs(process.pid),
    machineCpuMs: machineCpuMs(),
  }
}

function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}
