/** The subtasks of one function under test: real operators over the heap backend, restarted from their own snapshots. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import { subtaskOfKeyGroup } from '../contracts/key-groups.js'
import type { Ports } from '../contracts/ports/ports.js'
import type { SnapshotPiece, StreamOperator } from '../operators/stream-operator.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { Emissions } from './emissions.js'
import { FrozenValues } from './frozen-values.js'
import {
  type FunctionUnderTest,
  inputCountOf,
  isBroadcastInput,
  type KeyedUnderTest,
  uidOf,
} from './function-under-test.js'
import { createTestedOperator, type FormerPieces } from './tested-operator.js'

/** More pieces of own work than this after one element mean that it never ends. */
const ownWorkMax = 1_000_000
const entriesPerSlice = 1_000

/** Options of {@link TestedSubtasks}. */
export interface TestedSubtasksOptions {
  readonly underTest: FunctionUnderTest
  readonly ports: Ports
  /** Records and state values are frozen. */
  readonly isFrozen: boolean
  readonly onRecord?: () => void
}

/** One to a few subtasks that share the key groups, as in a job. */
export class TestedSubtasks {
  readonly emissions: Emissions
  readonly #options: TestedSubtasksOptions
  readonly #frozen = new FrozenValues()
  #operators: readonly StreamOperator[]
  #checkpointId = 0
  /** Without a key records are dealt out in turn. */
  #nextSubtask = 0
  #progress: readonly InputProgress[]

  constructor(options: TestedSubtasksOptions) {
    this.#options = options
    this.emissions = new Emissions((value) => {
      if (options.isFrozen) this.#frozen.freeze(value)
      options.onRecord?.()
    })
    this.#progress = Array.from({ length: inputCountOf(options.underTest) }, () => ({
      watermarkMs: Number.NEGATIVE_INFINITY,
      isIdle: false,
      hasEnded: false,
    }))
    this.#operators = this.#create(1, [])
  }

  /** The only subtask, where there is one. */
  get only(): StreamOperator {
    const [operator] = this.#operators
    assert(operator !== undefined && this.#operators.length === 1, 'there is one subtask')
    return operator
  }

  element(input: number, value: unknown, timestampMs: number): void {
    if (this.#options.isFrozen) this.#frozen.freeze(value)
    for (const [index, operator] of this.#receivers(input, value).entries()) {
      // A broadcast element does the same in every subtask; once is enough to see.
      this.emissions.isMuted = index > 0
      operator.inputs[input]?.processElement(value, timestampMs)
      this.emissions.isMuted = false
    }
    if (this.#options.isFrozen) this.#frozen.assertUnchanged()
  }

  watermark(input: number, watermarkMs: number): void {
    this.#note(input, { watermarkMs })
    for (const operator of this.#operators) operator.inputs[input]?.processWatermark(watermarkMs)
  }

  idleness(input: number, isIdle: boolean): void {
    this.#note(input, { isIdle })
    for (const operator of this.#operators) operator.inputs[input]?.processIdleness(isIdle)
  }

  end(input: number): void {
    this.#note(input, { hasEnded: true })
    for (const operator of this.#operators) operator.inputs[input]?.processEnd()
  }

  /** Does up to `max` pieces of work that no element asked for, in each subtask; gives how many it did. */
  runOwnWork(max: number): number {
    let done = 0
    for (const operator of this.#operators) done += operator.runOwnWork(max)
    if (this.#options.isFrozen) this.#frozen.assertUnchanged()
    return done
  }

  /** Delivers all messages and fires the processing-time timers that are due. */
  finishOwnWork(): void {
    let left = ownWorkMax
    for (let done = this.runOwnWork(1_000); done > 0; done = this.runOwnWork(1_000)) {
      left -= done
      if (left > 0) continue
      throw new StreamcoreError(
        'STREAMCORE_ASSERTION',
        `Expected operator '${uidOf(this.#options.underTest)}' to come to rest after an element, but it has done ${ownWorkMax} messages and timers; does it send itself messages for ever?`,
      )
    }
  }

  /** Ends all subtasks and goes on in fresh ones, restored from what the old ones would have put into a checkpoint. */
  restart(parallelism: number): void {
    this.#checkpointId++
    const pieces = this.#operators.map((operator) => piecesOf(operator, this.#checkpointId))
    this.#operators = this.#create(parallelism, pieces)
  }

  #receivers(input: number, value: unknown): readonly StreamOperator[] {
    const { underTest } = this.#options
    const operators = this.#operators
    if (operators.length === 1 || isBroadcastInput(underTest, input)) return operators
    const index = 'process' in underTest ? this.#nextSubtask++ : this.#ownerOf(underTest, input, value)
    return operators.slice(index % operators.length, (index % operators.length) + 1)
  }

  #ownerOf({ keySelectors }: KeyedUnderTest, input: number, value: unknown): number {
    const selector = keySelectors[input]
    assert(selector !== undefined, 'every keyed input has a key selector')
    return subtaskOfKeyGroup(keyGroupOfKey(selector.select(value)), this.#operators.length)
  }

  #create(parallelism: number, restored: FormerPieces): readonly StreamOperator[] {
    const { underTest, ports, isFrozen } = this.#options
    const { emissions } = this
    const frozen = isFrozen ? this.#frozen : undefined
    const operators = Array.from({ length: parallelism }, (_, subtaskIndex) =>
      createTestedOperator(underTest, { subtaskIndex, parallelism, restored, ports, emissions, frozen }),
    )
    if (restored.length === 0) return operators
    // Channels are not part of a snapshot: a source that goes on repeats where it stands.
    for (const [input, { watermarkMs, isIdle, hasEnded }] of this.#progress.entries()) {
      for (const operator of operators) {
        operator.inputs[input]?.processWatermark(watermarkMs)
        if (isIdle) operator.inputs[input]?.processIdleness(true)
        if (hasEnded) operator.inputs[input]?.processEnd()
      }
    }
    return operators
  }

  #note(input: number, change: Partial<InputProgress>): void {
    this.#progress = this.#progress.map((progress, index) =>
      index === input ? { ...progress, ...change } : progress,
    )
  }
}

interface InputProgress {
  readonly watermarkMs: number
  readonly isIdle: boolean
  readonly hasEnded: boolean
}

function piecesOf(operator: StreamOperator, checkpointId: number): readonly SnapshotPiece[] {
  const snapshot = operator.snapshot(checkpointId)
  assert(snapshot !== undefined, 'an operator with state gives a snapshot')
  while (!snapshot.writeSlice(entriesPerSlice));
  const pieces = snapshot.takePieces()
  assert(!(pieces instanceof Promise), "a process function's operator hands its pieces over at once")
  return pieces
}
