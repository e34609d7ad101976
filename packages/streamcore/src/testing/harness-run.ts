/** What the harnesses share: time, outputs, restarts. */
import { assert } from '../contracts/assert.js'
import type { OutputTag } from '../contracts/functions/output-tag.js'
import { stored } from '../serde/stored-value.js'
import type { Emission } from './emissions.js'
import { ManualClock } from './manual-clock.js'
import { type FunctionUnderTest, inputCountOf } from './function-under-test.js'
import { testPorts } from './test-ports.js'
import { TestedSubtasks } from './tested-subtasks.js'

const nothing: readonly never[] = Object.freeze([])

/** A function under test. After every call all its messages have been delivered. */
export class HarnessRun<OUT> {
  /** Processing time; move it with `processingTime`. */
  readonly clock: ManualClock
  protected readonly subtasks: TestedSubtasks
  readonly #inputCount: number

  /** Only for streamcore: use `keyedHarness` or `coKeyedHarness`. */
  constructor(underTest: FunctionUnderTest, startMs = 0) {
    this.clock = new ManualClock(startMs)
    this.#inputCount = inputCountOf(underTest)
    this.subtasks = new TestedSubtasks({
      underTest,
      ports: testPorts({ clock: this.clock }),
      isFrozen: false,
    })
  }

  /** Everything the main output got so far, in order. */
  get output(): readonly OUT[] {
    return this.#mainFrom(0)
  }

  /** Everything both the main and the side outputs got so far, in one order. */
  get emissions(): readonly Emission[] {
    return this.subtasks.emissions.list
  }

  /** Watermarks that left the operator. */
  get watermarksMs(): readonly number[] {
    return this.subtasks.emissions.watermarksMs
  }

  /** What a side output got so far, in order. */
  sideOutput<T>(tag: OutputTag<T>): readonly T[] {
    const records = this.emissions.filter((emission) => emission.tag === tag.id)
    // `ctx.output` only takes what the tag carries.
    return records.map((emission) => stored<T>(emission.value))
  }

  /** A watermark of all inputs: fires the event-time timers up to it. Gives what the main output got. */
  watermark(watermarkMs: number): readonly OUT[] {
    return this.#onEveryInput((input) => this.subtasks.watermark(input, watermarkMs))
  }

  /** Sets the time and fires the processing-time timers up to it. Gives what the main output got. */
  processingTime(nowMs: number): readonly OUT[] {
    assert(nowMs >= this.clock.wallMs(), 'processing time goes forward only')
    return this.during(() => this.clock.advance(nowMs - this.clock.wallMs()))
  }

  /** All inputs become idle, or active again. */
  idleness(isIdle: boolean): readonly OUT[] {
    return this.#onEveryInput((input) => this.subtasks.idleness(input, isIdle))
  }

  /** The end of all inputs: fires all event-time timers. Gives what the main output got. */
  end(): readonly OUT[] {
    return this.#onEveryInput((input) => this.subtasks.end(input))
  }

  /** Goes on in a fresh instance restored from a snapshot, as after a failure; or in several that share the keys. */
  restart(options: { readonly parallelism?: number } = {}): void {
    this.subtasks.restart(options.parallelism ?? 1)
  }

  protected feed(input: number, value: unknown, timestampMs: number): readonly OUT[] {
    const { list } = this.subtasks.emissions
    const from = list.length
    this.subtasks.element(input, value, timestampMs)
    this.subtasks.finishOwnWork()
    return list.length === from ? nothing : this.#mainFrom(from)
  }

  /** Gives what the main output got while something happened and the work that followed from it was done. */
  protected during(happen: () => void): readonly OUT[] {
    const from = this.subtasks.emissions.list.length
    happen()
    this.subtasks.finishOwnWork()
    return this.#mainFrom(from)
  }

  #onEveryInput(happen: (input: number) => void): readonly OUT[] {
    return this.during(() => {
      for (let input = 0; input < this.#inputCount; input++) happen(input)
    })
  }

  #mainFrom(from: number): readonly OUT[] {
    const emitted = this.subtasks.emissions.list.slice(from)
    // The function under test emits OUT by its main output; the plan and the operator have forgotten the type.
    return emitted.filter(({ tag }) => tag === undefined).map(({ value }) => stored<OUT>(value))
  }
}
