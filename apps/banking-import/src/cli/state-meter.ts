/** Measures what state costs while a job runs: memory of the process, files, bytes per key. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { CountedBackend, StateName } from './state-backend.js'

/** What was measured. */
export interface StateFigures {
  readonly state: StateName
  /** Keys that the resolver holds: one per record, whether others refer to it or not. */
  readonly presenceKeys: number
  readonly peakRssBytes: number
  /** The part of it that is no mapped file, sampled; undefined where the system does not tell. */
  readonly peakAnonymousBytes: number | undefined
  /** The most that was in use on the heap, garbage included. */
  readonly peakHeapBytes: number
  /** What the last checkpoint found in use after a collection, less what was in use before the job. */
  readonly heapOfStateBytes: number
  /** Working files of the backend, when they were looked at last, and the most they took. */
  readonly workingBytes: number
  readonly peakWorkingBytes: number
  /** Parts of the retained checkpoint. */
  readonly checkpointBytes: number
}

/** Where to look. */
export interface StateMeterOptions {
  readonly state: StateName
  readonly counted: CountedBackend
  readonly working: string
  readonly checkpoints: string
}

const memoryEveryMs = 250
/** Directories are listed every n-th time. */
const filesEvery = 8

/** Looks every now and then while a job runs. */
export class StateMeter {
  readonly #options: StateMeterOptions
  readonly #heapBefore: number
  #looks = 0
  #presenceKeys = 0
  #peakHeap = 0
  #peakAnonymous: number | undefined = undefined
  #heapOfState = 0
  #working = 0
  #peakWorking = 0

  constructor(options: StateMeterOptions) {
    this.#options = options
    this.#heapBefore = heapInUse()
  }

  /** Runs a job to its end, well or not, and looks on. */
  async measure<T>(run: () => Promise<T>): Promise<{ readonly outcome: T; readonly figures: StateFigures }> {
    const timer = setInterval(() => this.#look(), memoryEveryMs)
    try {
      const outcome = await run()
      this.#look()
      return { outcome, figures: this.#figures() }
    } finally {
      // Otherwise it would keep the process of a job that has failed.
      clearInterval(timer)
    }
  }

  /** To be called when a checkpoint is durable: state is complete, and little else is in memory. */
  checkpointed(): void {
    this.#heapOfState = Math.max(0, heapInUse() - this.#heapBefore)
    this.#countKeys()
    this.#lookAtFiles()
  }

  #figures(): StateFigures {
    const { state, checkpoints } = this.#options
    return {
      state,
      presenceKeys: this.#presenceKeys,
      peakRssBytes: process.resourceUsage().maxRSS * 1_024,
      peakAnonymousBytes: this.#peakAnonymous,
      peakHeapBytes: this.#peakHeap,
      heapOfStateBytes: this.#heapOfState,
      workingBytes: this.#working,
      peakWorkingBytes: this.#peakWorking,
      checkpointBytes: bytesBelow(checkpoints),
    }
  }

  #look(): void {
    this.#peakHeap = Math.max(this.#peakHeap, process.memoryUsage().heapUsed)
    const anonymous = anonymousBytes()
    if (anonymous !== undefined) this.#peakAnonymous = Math.max(this.#peakAnonymous ?? 0, anonymous)
    this.#countKeys()
    if (this.#looks++ % filesEvery === 0) this.#lookAtFiles()
  }

  #countKeys(): void {
    const keys = this.#options.counted.keyCount(resolverPrefix)
    // As with files: a closed backend holds nothing.
    if (keys > 0) this.#presenceKeys = keys
  }

  #lookAtFiles(): void {
    const bytes = bytesBelow(this.#options.working)
    // They go when the job ends: what was seen last counts.
    if (bytes > 0) this.#working = bytes
    this.#peakWorking = Math.max(this.#peakWorking, bytes)
  }
}

const resolverPrefix = 'resolve-'

/** `state …` lines. */
export function stateLines(figures: StateFigures): readonly string[] {
  const { state, presenceKeys, peakRssBytes, peakAnonymousBytes, peakHeapBytes, heapOfStateBytes } = figures
  const { workingBytes, peakWorkingBytes, checkpointBytes } = figures
  const perKey = (bytes: number) => (presenceKeys === 0 ? '-' : (bytes / presenceKeys).toFixed(1))
  const line = (name: string, text: string) => `${name.padEnd(24)}${text}`
  const working =
    state === 'heap'
      ? []
      : [
          line(
            '',
            `${mebibytes(workingBytes)} working files (at most ${mebibytes(peakWorkingBytes)}); what fits into the cache is in none`,
          ),
        ]
  const anonymous =
    peakAnonymousBytes === undefined ? '' : ` (${mebibytes(peakAnonymousBytes)} without mapped files)`
  const stored = state === 'heap' ? heapOfStateBytes : workingBytes
  return [
    line('state backend', state),
    line('presence keys', presenceKeys.toLocaleString('en')),
    line('peak memory', `${mebibytes(peakRssBytes)} resident${anonymous}, ${mebibytes(peakHeapBytes)} heap`),
    line('heap in use for state', `${mebibytes(heapOfStateBytes)} at the last checkpoint`),
    line('state on disk', `${mebibytes(checkpointBytes)} checkpoint`),
    ...working,
    line(
      'bytes per presence key',
      `${perKey(stored)} ${state === 'heap' ? 'on the heap' : 'in working files'}, ${perKey(checkpointBytes)} in the checkpoint`,
    ),
  ]
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_024 / 1_024).toFixed(1)} MiB`
}

/** Linux tells it; elsewhere the file is missing. */
function anonymousBytes(): number | undefined {
  if (!existsSync(statusFile)) return undefined
  const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(statusFile, 'utf8'))?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024
}

const statusFile = '/proc/self/status'

/** What is in use after a collection. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

/** Files come and go while they are looked at. */
function bytesBelow(directory: string): number {
  let bytes = 0
  for (const entry of entriesOf(directory)) {
    const path = join(directory, entry.name)
    bytes += entry.isDirectory() ? bytesBelow(path) : sizeOf(path)
  }
  return bytes
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
