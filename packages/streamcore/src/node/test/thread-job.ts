// The job of the tests with real workers: numbers are counted per key and written exactly once into files; it can be made to crash.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CommitMarker,
  defineJob,
  forMonotonousTimestamps,
  type Job,
  type Source,
  type TwoPhaseCommitSink,
  valueState,
} from 'streamcore'

/** What the job does. */
export interface ThreadJobParams {
  /** Where the sink writes. */
  readonly directory: string
  /** Numbers per split, of which there are four. */
  readonly count: number
  /** How long each batch of 50 takes. */
  readonly pauseMs: number
  /** How a worker ends in the middle, once. */
  readonly crash: 'exit' | 'uncaught' | 'throw' | ''
}

const keys = 10

/** A number and the split that it comes from. */
interface Numbered {
  readonly split: number
  readonly number: number
}

/** Counts the numbers of each key. */
export const job: Job<ThreadJobParams> = defineJob(
  { name: 'threads', params: { parse: (input) => paramsOf(input) } },
  (env, params) => {
    env
      .fromSource(numbers(params), {
        uid: 'numbers',
        watermarks: forMonotonousTimestamps((each: Numbered) => each.number),
      })
      .map((each) => {
        if (each.split === 1 && each.number === params.count >> 1) crashOnce(params)
        return { ...each, key: `key ${each.number % keys}` }
      })
      .keyBy((each) => each.key)
      .process({
        uid: 'count',
        state: { count: valueState<number>('count') },
        *processElement(each, { key, state }) {
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          yield `${key}: ${count} (${each.split}/${each.number})`
        },
      })
      .sinkTo(filesSink(params.directory), { uid: 'files' })
  },
)

/** Everything that was committed, in the order of commits. */
export function committedLines(directory: string): readonly string[] {
  return commits(directory).flatMap(({ lines }) => lines)
}

function paramsOf(input: unknown): ThreadJobParams {
  const given = typeof input === 'object' && input !== null ? input : {}
  const crash = 'crash' in given ? given.crash : ''
  return {
    directory: 'directory' in given ? String(given.directory) : '',
    count: 'count' in given ? Number(given.count) : 0,
    pauseMs: 'pauseMs' in given ? Number(given.pauseMs) : 0,
    crash: crash === 'exit' || crash === 'uncaught' || crash === 'throw' ? crash : '',
  }
}

function crashOnce({ directory, crash }: ThreadJobParams): void {
  if (crash === '') return
  if (crash === 'throw') throw new TypeError('no number')
  const mark = join(directory, 'crashed')
  if (existsSync(mark)) return
  writeFileSync(mark, '')
  if (crash === 'exit') process.exit(3)
  setImmediate(() => {
    throw new Error('nobody catches this')
  })
}

/** Small batches that take a moment, so that checkpoints come in between. */
function numbers({ count, pauseMs }: ThreadJobParams): Source<Numbered> {
  return {
    kind: 'numbers',
    boundedness: 'bounded',
    config: count,
    createEnumerator: async () => ({
      discover: async () => [0, 1, 2, 3].map((split) => ({ id: `split-${split}`, info: split })),
      close: async () => {},
    }),
    createReader: async (split, position) => {
      let next = Number(position ?? 0)
      return {
        fetch: async () => {
          await new Promise((resolve) => setTimeout(resolve, pauseMs))
          const start = next
          next = Math.min(count, start + 50)
          return {
            records: Array.from({ length: next - start }, (_, index) => ({
              split: Number(split.info),
              number: start + index,
            })),
            positionAfter: (index) => start + index + 1,
            endPosition: next,
            placeOf: (index) => `${split.id}:${start + index}`,
            isEnd: next === count,
          }
        },
        close: async () => {},
      }
    },
  }
}

interface Commit {
  readonly marker: CommitMarker
  readonly lines: readonly string[]
}

/** Each commit is a file that appears at once. */
function filesSink(directory: string): TwoPhaseCommitSink<string, string> {
  return {
    kind: 'files',
    delivery: 'exactly-once',
    config: directory,
    createWriter: async () => {
      let lines: string[] = []
      return {
        write: (line) => void lines.push(line),
        prepareCommit: () => {
          const prepared = lines
          lines = []
          return prepared
        },
        pendingBytes: () => lines.length * 20,
        close: async () => {},
      }
    },
    createCommitter: async () => ({
      claim: async () => {
        mkdirSync(directory, { recursive: true })
        return commits(directory).at(-1)?.marker
      },
      commit: async (marker, lines) => {
        const file = join(directory, `${String(marker.checkpointId).padStart(9, '0')}.json`)
        writeFileSync(`${file}.tmp`, JSON.stringify({ marker, lines }))
        renameSync(`${file}.tmp`, file)
      },
      close: async () => {},
    }),
  }
}

function commits(directory: string): readonly Commit[] {
  const files = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.json')) : []
  return files.sort().map((name): Commit => JSON.parse(readFileSync(join(directory, name), 'utf8')))
}
