/** Counts dead letters by reason as a metric. */
import type { AtLeastOnceSink, Counter, DeadLetter, Metrics, SinkWriter } from 'streamcore'
import { reasonKind } from '../inspect/dead-letters.js'

/** Dead letters per `reason`. */
export const lettersMetric = 'import_dead_letters_total'

/** Reasons name columns and the like; beyond so many they count as `other`. */
const reasonsMax = 100

/** A sink into the job's metrics. */
export function letterCounter(): AtLeastOnceSink<DeadLetter> {
  return Object.freeze<AtLeastOnceSink<DeadLetter>>({
    kind: 'metrics',
    delivery: 'at-least-once',
    config: null,
    createWriter: ({ ports }) => Promise.resolve(new LetterWriter(ports.metrics)),
  })
}

class LetterWriter implements SinkWriter<DeadLetter, never> {
  readonly #metrics: Metrics
  readonly #counters = new Map<string, Counter>()

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  write(letter: DeadLetter): void {
    const kind = reasonKind(letter)
    const reason = this.#counters.has(kind) || this.#counters.size < reasonsMax ? kind : 'other'
    const counter = this.#counters.get(reason) ?? this.#metrics.counter(lettersMetric, { reason })
    this.#counters.set(reason, counter)
    counter.add(1)
  }

  prepareCommit(): readonly never[] {
    return []
  }

  pendingBytes(): number {
    return 0
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
