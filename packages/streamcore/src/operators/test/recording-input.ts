/** What operators under test emit into, and the context they are made with. */
import type { Clock } from '../../contracts/ports/clock.js'
import { testPorts } from '../../testing/test-ports.js'
import type { Input } from '../input.js'
import { OperatorContext } from '../operator-context.js'
import { PoisonRecords } from '../poison-records.js'

/** Writes down everything that comes, in order: records as they are, the rest as text. */
export class RecordingInput implements Input {
  readonly events: unknown[] = []
  readonly timestampsMs: number[] = []

  processElement(value: unknown, timestampMs: number): void {
    this.events.push(value)
    this.timestampsMs.push(timestampMs)
  }

  processWatermark(watermarkMs: number): void {
    this.events.push(`watermark ${watermarkMs}`)
  }

  processIdleness(isIdle: boolean): void {
    this.events.push(isIdle ? 'idle' : 'active')
  }

  processEnd(): void {
    this.events.push('end')
  }

  /** What came since the last call. */
  take(): readonly unknown[] {
    return this.events.splice(0)
  }
}

/** Options of {@link operatorContext}. */
export interface TestContextOptions {
  readonly name?: string
  readonly subtaskIndex?: number
  readonly deadLetters?: Input
  readonly clock?: Clock
  readonly poison?: PoisonRecords
  readonly place?: () => string | undefined
}

/** The context of one operator. */
export function operatorContext(options: TestContextOptions = {}): OperatorContext {
  return new OperatorContext({
    name: options.name ?? 'under-test',
    subtaskIndex: options.subtaskIndex ?? 0,
    ports: testPorts(options.clock === undefined ? {} : { clock: options.clock }),
    deadLetters: options.deadLetters,
    poison: options.poison ?? new PoisonRecords(),
    place: options.place ?? (() => undefined),
    declaredAt: 'job.ts:7:3',
  })
}
