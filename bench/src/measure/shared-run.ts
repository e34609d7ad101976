/** What several threads measure of one run: each writes a row of shared memory, and the thread that started them adds the rows up. */
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import { Stopwatch, stopwatchLength } from './stopwatch.js'
import type { RunningTally } from './tally.js'

/** What a thread measures. */
export interface Measured {
  readonly stopwatch: Stopwatch
  readonly tally: RunningTally
}

const environmentKey = 'streamcore-bench-run'
const tallyLength = 2
const rowLength = tallyLength + stopwatchLength
/** How many rows are taken, in front of the rows. */
const headerBytes = Float64Array.BYTES_PER_ELEMENT

/** Makes the memory that the threads started from now on share; the function gives what they have measured when they are done. */
export function shareRun(threads: number): () => Measured {
  const memory = new SharedArrayBuffer(headerBytes + threads * rowLength * Float64Array.BYTES_PER_ELEMENT)
  setEnvironmentData(environmentKey, memory)
  return () => {
    const total = { stopwatch: new Stopwatch(), tally: { out: 0, sum: 0 } }
    for (let row = 0; row < threads; row++) {
      const { stopwatch, tally } = measuredIn(memory, row)
      total.stopwatch.include(stopwatch)
      total.tally.out += tally.out
      total.tally.sum += tally.sum
    }
    return total
  }
}

/** This thread's own row. The main thread has none: it builds the job as well, but runs nothing of it. */
export function rowOfThread(): Measured {
  if (isMainThread) return { stopwatch: new Stopwatch(), tally: { out: 0, sum: 0 } }
  const memory = getEnvironmentData(environmentKey)
  if (!(memory instanceof SharedArrayBuffer))
    throw new Error('Expected shareRun() before threads are started')
  const row = Atomics.add(new Int32Array(memory, 0, 1), 0, 1)
  return measuredIn(memory, row)
}

function measuredIn(memory: SharedArrayBuffer, row: number): Measured {
  const numbers = new Float64Array(
    memory,
    headerBytes + row * rowLength * Float64Array.BYTES_PER_ELEMENT,
    rowLength,
  )
  return { stopwatch: new Stopwatch(numbers.subarray(tallyLength)), tally: new SharedTally(numbers) }
}

/** Its two numbers are the first of a row. */
class SharedTally implements RunningTally {
  readonly #numbers: Float64Array

  constructor(numbers: Float64Array) {
    this.#numbers = numbers
  }

  get out(): number {
    return this.#numbers[0] ?? 0
  }

  set out(value: number) {
    this.#numbers[0] = value
  }

  get sum(): number {
    return this.#numbers[1] ?? 0
  }

  set sum(value: number) {
    this.#numbers[1] = value
  }
}
