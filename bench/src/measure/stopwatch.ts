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
  readonly ms: number
  readonly atMs: number
  readonly cpuMs: number
  readonly machineCpuMs: number
}

/** Started, passed and stopped once each per run; of several sinks the last stop counts. */
export class Stopwatch {
  #start: Mark | undefined
  #quarter: Mark | undefined
  #end: Mark | undefined

  /** Just before the first record is generated; only the first call counts. */
  start(): void {
    this.#start ??= mark()
  }

  /** A quarter of the records has been generated. */
  passQuarter(): void {
    this.#quarter ??= mark()
  }

  /** A sink has seen the end of input; the last call counts. */
  stop(): void {
    this.#end = mark()
  }

  /** The times of a run that is over. */
  timing(): Timing {
    const [start, quarter, end] = [this.#start, this.#quarter, this.#end]
    if (start === undefined || quarter === undefined || end === undefined) {
      throw new Error(
        'Expected a run to start, to pass a quarter of its records and to end, before it is timed',
      )
    }
    const steadyMs = end.ms - quarter.ms
    const cpuMs = end.cpuMs - quarter.cpuMs
    return {
      seconds: (end.ms - start.ms) / 1_000,
      steadySeconds: steadyMs / 1_000,
      steadyCpuSeconds: cpuMs / 1_000,
      otherCores: Math.max(0, (end.machineCpuMs - quarter.machineCpuMs - cpuMs) / steadyMs),
      firstRecordAtMs: start.atMs,
    }
  }
}

function mark(): Mark {
  const { user, system } = process.cpuUsage()
  return {
    ms: performance.now(),
    atMs: Date.now(),
    cpuMs: (user + system) / 1_000 + descendantsCpuMs(process.pid),
    machineCpuMs: machineCpuMs(),
  }
}

function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}
