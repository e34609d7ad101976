// Whole jobs in memory: every kind of operator, at several parallelisms.
import { describe, expect, it } from 'vitest'
import { buildStreamGraph } from '../api/build-stream-graph.js'
import { defineJob, type Job, type NoParams } from '../api/define-job.js'
import type { StreamExecutionEnvironment } from '../api/stream-execution-environment.js'
import { MemoryCheckpointStorage } from '../checkpoint/memory-checkpoint-storage.js'
import type { DeadLetter } from '../contracts/functions/dead-letter.js'
import { outputTag } from '../contracts/functions/output-tag.js'
import { type } from '../contracts/schema.js'
import type { Source } from '../contracts/source.js'
import { listState, valueState } from '../contracts/state/state-descriptors.js'
import { forMonotonousTimestamps } from '../contracts/watermark-strategy.js'
import { translate } from '../graph/translate.js'
import { nodePorts } from '../node/node-ports.js'
import { RecordingLogger } from '../testing/recording-logger.js'
import { heapStateBackend } from '../state/heap-keyed-state-backend.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { checkpointConfig, type RunOptions } from './job-options.js'
import { type JobHandle, runJob } from './job-runner.js'
import { MemoryLease } from './memory-lease.js'
import { fixedDelay } from './restart-strategy.js'

type Build = (env: StreamExecutionEnvironment) => void

function start(
  build: Build | Job<NoParams>,
  options: { parallelism?: number } & Partial<RunOptions> = {},
): JobHandle {
  const job = typeof build === 'function' ? defineJob({ name: 'test' }, build) : build
  const ports = nodePorts({ logger: new RecordingLogger() })
  const storage = new MemoryCheckpointStorage(ports.digest)
  const { parallelism = 1, ...run } = options
  return runJob(translate(buildStreamGraph(job), { parallelism }), {
    jobId: 'test',
    ports,
    connections: {},
    openStorage: async () => storage,
    isDurable: false,
    lease: new MemoryLease(),
    takeOver: false,
    stateBackend: heapStateBackend(),
    checkpoint: checkpointConfig({ intervalMs: 5 }),
    restart: fixedDelay(3, 0),
    maxAttemptsPerRecord: 3,
    maxPendingBytes: 1e9,
    allowDroppedState: false,
    ...run,
  })
}

/** Counts for ever. */
const endless: Source<number> = {
  kind: 'endless',
  config: null,
  boundedness: 'unbounded',
  createEnumerator: async () => ({
    discover: async () => [{ id: 'all', info: null }],
    close: async () => {},
  }),
  createReader: async () => {
    let next = 0
    return {
      fetch: async () => {
        const start = next
        next += 10
        return {
          records: Array.from({ length: 10 }, (_, index) => start + index),
          positionAfter: (index) => start + index + 1,
          endPosition: next,
          placeOf: (index) => `number ${start + index}`,
          isEnd: false,
        }
      },
      close: async () => {},
    }
  },
}

const numbers = Array.from({ length: 10_000 }, (_, index) => index)

describe('a job', () => {
  it('writes nothing more to a sink without transactions once it was stopped', async () => {
    const written: number[] = []
    const handle = start(
      (env) => {
        env.fromSource(endless, { uid: 'endless' }).sinkTo(
          {
            kind: 'array',
            delivery: 'at-least-once',
            config: null,
            createWriter: async () => ({
              write: (value: number) => void written.push(value),
              prepareCommit: () => [],
              pendingBytes: () => 0,
              close: async () => {},
            }),
          },
          { uid: 'out' },
        )
      },
      { isDurable: true },
    )
    const seen = handle.metrics.counter('records_in_total', { operator: 'endless' })
    while (seen.value() < 100) await new Promise((resolve) => setImmediate(resolve))
    expect(await handle.stop()).toMatchObject({ status: 'stopped' })
    const positions = written.map((value, index) => value - index)
    expect(new Set(positions)).toEqual(new Set([0]))
  })

  it('takes no checkpoint while its subtasks are being made: no barrier would ever reach them', async () => {
    const target = new MemoryTarget<number>()
    let open = (): void => {}
    const isOpen = new Promise<void>((resolve) => {
      open = resolve
    })
    let asked = (): void => {}
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    const sink = target.sink()
    const handle = start((env) => {
      env.fromCollection(numbers).sinkTo(
        {
          ...sink,
          createWriter: async (context) => {
            asked()
            await isOpen
            return await sink.createWriter(context)
          },
        },
        { uid: 'out' },
      )
    })
    await isAsked
    await expect(handle.checkpoint()).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
    open()
    expect(await handle.result).toMatchObject({ status: 'finished' })
    expect(target.committed).toEqual(numbers)
  })

  it('is finished although something could not be closed, and says what', async () => {
    const logger = new RecordingLogger()
    const handle = start(
      (env) => {
        env.fromCollection([1]).sinkTo(
          {
            kind: 'stuck',
            delivery: 'at-least-once',
            config: null,
            createWriter: async () => ({
              write: () => {},
              prepareCommit: () => [],
              pendingBytes: () => 0,
              close: () => Promise.reject(new Error('the file is gone')),
            }),
          },
          { uid: 'out' },
        )
      },
      { ports: nodePorts({ logger }) },
    )
    expect(await handle.result).toMatchObject({ status: 'finished', restarts: 0 })
    expect(logger.lines.map(({ message }) => message)).toContain('closing the job: the file is gone')
  })

  it.each([1, 2, 3])('counts per key exactly once at parallelism %i', async (parallelism) => {
    const target = new MemoryTarget<{ key: number; count: number }>()
    const handle = start(
      (env) => {
        env
          .fromCollection(numbers)
          .map((value) => value * 2)
          .filter((value) => value % 3 !== 0)
          .keyBy((value) => value % 7)
          .process({
            uid: 'count',
            state: { count: valueState<number>('count') },
            *processElement(_, { key, state }) {
              const count = (state.count.value() ?? 0) + 1
              state.count.update(count)
              yield { key, count }
            },
          })
          .sinkTo(target.sink(), { uid: 'out' })
      },
      { parallelism },
    )
    expect(await handle.result).toMatchObject({ status: 'finished', restarts: 0 })
    const expected = new Map<number, number>()
    for (const value of numbers) {
      if ((value * 2) % 3 !== 0) expected.set((value * 2) % 7, (expected.get((value * 2) % 7) ?? 0) + 1)
    }
    for (const [key, count] of expected) {
      const counts = target.committed.filter((row) => row.key === key).map((row) => row.count)
      expect(counts).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    }
  })

  it.each([1, 2])(
    'holds dependents back until their precondition has come at parallelism %i',
    async (parallelism) => {
      const target = new MemoryTarget<string>()
      const handle = start(
        (env) => {
          const parents = env.fromCollection([3, 1, 2], { uid: 'parents' }).keyBy((id) => id)
          const children = env
            .fromCollection(
              [1, 2, 3, 1, 2, 3].map((parent, id) => ({ parent, id })),
              { uid: 'children' },
            )
            .keyBy((child) => child.parent)
          parents
            .connect(children)
            .process({
              uid: 'await',
              state: { seen: valueState<boolean>('seen'), waiting: listState<string>('waiting') },
              *processElement1(parent, { state }) {
                yield `p${parent}`
                state.seen.update(true)
                yield* state.waiting.get()
                state.waiting.clear()
              },
              *processElement2(child, { state }) {
                const text = `c${child.parent}`
                if (state.seen.value()) yield text
                else state.waiting.add(text)
              },
            })
            .sinkTo(target.sink(), { uid: 'out' })
        },
        { parallelism },
      )
      await handle.result
      for (const id of [1, 2, 3]) {
        expect(target.committed.filter((text) => text.endsWith(String(id)))).toEqual([
          `p${id}`,
          `c${id}`,
          `c${id}`,
        ])
      }
    },
  )

  it('fires event-time timers by the watermark, the last ones at the end of input', async () => {
    const target = new MemoryTarget<string>()
    const handle = start((env) => {
      env
        .fromCollection([1, 5, 9], { watermarks: forMonotonousTimestamps((value: number) => value) })
        .keyBy(() => 'k')
        .process({
          uid: 'timers',
          state: {},
          *processElement(value, { timers }) {
            timers.registerEventTimeTimer(value + 3)
            yield `e${value}`
          },
          *onTimer(timestampMs) {
            yield `t${timestampMs}`
          },
        })
        .sinkTo(target.sink(), { uid: 'out' })
    })
    await handle.result
    expect(target.committed.filter((text) => text.startsWith('t'))).toEqual(['t4', 't8', 't12'])
  })

  it('delivers messages an operator sends to itself before the end of input', async () => {
    const target = new MemoryTarget<number>()
    const handle = start((env) => {
      env
        .fromCollection([25])
        .keyBy(() => 'k')
        .process({
          uid: 'slices',
          state: {},
          emits: type<number>(),
          messages: type<number>(),
          processElement: (value, ctx) => ctx.continueLater(value),
          onMessage: (left, ctx, out) => {
            out.collect(left)
            if (left > 0) ctx.continueLater(left - 1)
          },
        })
        .sinkTo(target.sink(), { uid: 'out' })
    })
    await handle.result
    expect(target.committed).toHaveLength(26)
  })

  it('routes side outputs and unions them again', async () => {
    const odd = outputTag<number>('odd')
    const target = new MemoryTarget<string>()
    const handle = start((env) => {
      const even = env
        .fromCollection([1, 2, 3, 4])
        .keyBy((value) => value)
        .process({
          uid: 'split',
          state: {},
          emits: type<number>(),
          processElement: (value, ctx, out) => {
            if (value % 2 === 0) out.collect(value)
            else ctx.output(odd, value)
          },
        })
      const odds = even.getSideOutput(odd).map((value) => `odd${value}`)
      even
        .map((value) => `even${value}`)
        .union(odds)
        .sinkTo(target.sink(), { uid: 'out' })
    })
    await handle.result
    expect([...target.committed].sort()).toEqual(['even2', 'even4', 'odd1', 'odd3'])
  })

  it('reports where a function threw, after it has delivered the records before', async () => {
    const target = new MemoryTarget<number>()
    const handle = start((env) => {
      env
        .fromCollection([1, 2, 3, 4])
        .map((value) => {
          if (value === 3) throw new TypeError('three is not allowed')
          return value
        })
        .sinkTo(target.sink(), { uid: 'out' })
    })
    await expect(handle.result).rejects.toThrow(
      /TypeError: three is not allowed \(in map of operator 'map-1'/,
    )
    expect(target.committed).toEqual([1, 2])
  })

  it('diverts a record on which a stateful function throws each time', async () => {
    const target = new MemoryTarget<number>()
    const letters = new MemoryTarget<DeadLetter>()
    const handle = start((env) => {
      env
        .fromCollection([1, 2, 3, 4])
        .keyBy((value) => value % 2)
        .process({
          uid: 'picky',
          state: { sum: valueState<number>('sum') },
          *processElement(value, { state }) {
            const sum = (state.sum.value() ?? 0) + value
            state.sum.update(sum)
            if (value === 3) throw new Error('no threes')
            yield sum
          },
        })
        .sinkTo(target.sink(), { uid: 'out' })
      env.deadLetters().sinkTo(letters.sink(), { uid: 'letters' })
    })
    expect(await handle.result).toMatchObject({ status: 'finished', restarts: 3 })
    expect([...target.committed].sort((a, b) => a - b)).toEqual([1, 2, 6])
    expect(letters.committed).toMatchObject([{ uid: 'picky', key: '1', value: '3' }])
  })
})
