/** The job of the memory bench: most records have one key, and the sink takes longer than the source. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AtLeastOnceSink,
  defineJob,
  type Job,
  type NoParams,
  type SinkWriter,
  type,
  valueState,
} from 'streamcore'
import { mix, pick, seed } from '../generate/mixing.js'
import { poolText } from '../generate/text-pool.js'
import { generatedSource } from '../workloads/generated-source.js'
import type { Run } from '../workloads/workload.js'

/** A record with some weight. */
interface Payment {
  readonly key: number
  readonly payload: string
}

/** What reaches the sink. */
interface NumberedPayment extends Payment {
  readonly count: number
}

const otherKeys = 100_000
const payloadLength = 100

/** Nine records in ten have key 0. */
function paymentAt(index: number): Payment {
  const hash = mix(index ^ seed)
  const key = pick(hash, 10) < 9 ? 0 : 1 + pick(mix(hash), otherKeys)
  return { key, payload: poolText(hash, payloadLength) }
}

/** source → keyBy → count → slow sink. */
export function memoryJob(run: Run, sinkRecordsPerSecond: number): Job<NoParams> {
  return defineJob({ name: 'bench-memory' }, (env) => {
    env
      .fromSource(generatedSource(run, paymentAt), { uid: 'generator' })
      .keyBy((payment) => payment.key)
      .process({
        uid: 'counter',
        state: { count: valueState<number>('count') },
        emits: type<NumberedPayment>(),
        processElement(payment, { state }, out) {
          const count = (state.count.value() ?? 0) + 1
          state.count.update(count)
          out.collect({ ...payment, count })
        },
      })
      .sinkTo(slowSink(run, sinkRecordsPerSecond), { uid: 'sink' })
  })
}

/** Keeps what it is given until a checkpoint, and then takes its time. */
function slowSink(run: Run, recordsPerSecond: number): AtLeastOnceSink<NumberedPayment> {
  return {
    kind: 'slow',
    delivery: 'at-least-once',
    config: { recordsPerSecond },
    createWriter: async () => new SlowWriter(run, recordsPerSecond),
  }
}

class SlowWriter implements SinkWriter<NumberedPayment, never> {
  readonly #run: Run
  readonly #recordsPerSecond: number
  #held: NumberedPayment[] = []

  constructor(run: Run, recordsPerSecond: number) {
    this.#run = run
    this.#recordsPerSecond = recordsPerSecond
  }

  write(payment: NumberedPayment): void {
    this.#held.push(payment)
  }

  async prepareCommit(): Promise<readonly never[]> {
    const written = this.#held
    this.#held = []
    await sleep((written.length * 1_000) / this.#recordsPerSecond)
    const { tally, stopwatch } = this.#run
    tally.out += written.length
    for (const { count } of written) tally.sum += count
    stopwatch.stop()
    return []
  }

  pendingBytes(): number {
    return this.#held.length * payloadLength
  }

  async close(): Promise<void> {}
}
