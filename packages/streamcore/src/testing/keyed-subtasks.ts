/** The subtasks of one keyed operator under test: real operators over the heap backend, restarted from their own snapshots. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Key } from '../contracts/key.js'
import { keyGroupRange, subtaskOfKeyGroup } from '../contracts/key-groups.js'
import type { Ports } from '../contracts/ports/ports.js'
import { KeyedProcessOperator } from '../operators/keyed/keyed-process-operator.js'
import type { KeyedOperatorState } from '../operators/keyed/keyed-operator-snapshot.js'
import { OperatorContext } from '../operators/operator-context.js'
import { PoisonRecords } from '../operators/poison-records.js'
import type { SnapshotPiece } from '../operators/stream-operator.js'
import { sectionOfBlock } from '../serde/block.js'
import { unpackFrames } from '../serde/frames.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { decodeMessageBlock } from '../serde/message-blocks.js'
import { decodeValue } from '../serde/value-codec.js'
import { HeapKeyedStateBackend } from '../state/heap-keyed-state-backend.js'
import { Emissions } from './emissions.js'
import { frozenState } from './frozen-state.js'
import { FrozenValues } from './frozen-values.js'
import { type KeyedUnderTest, observedFunction } from './observed-function.js'

/** More pieces of own work than this after one element mean that it never ends. */
const ownWorkMax = 1_000_000
const entriesPerSlice = 1_000

/** Options of {@link KeyedSubtasks}. */
export interface KeyedSubtasksOptions extends KeyedUnderTest {
  readonly ports: Ports
  /** Records and state values are frozen. */
  readonly isFrozen: boolean
  readonly onRecord?: () => void
}

/** One to a few subtasks that share the key groups, as in a job. */
export class KeyedSubtasks {
  readonly emissions: Emissions
  readonly #options: KeyedSubtasksOptions
  readonly #frozen = new FrozenValues()
  #operators: readonly KeyedProcessOperator[]
  #checkpointId = 0
  #progress: readonly InputProgress[]

  constructor(options: KeyedSubtasksOptions) {
    this.#options = options
    this.emissions = new Emissions((value) => {
      if (options.isFrozen) this.#frozen.freeze(value)
      options.onRecord?.()
    })
    this.#progress = options.keySelectors.map(() => ({
      watermarkMs: Number.NEGATIVE_INFINITY,
      isIdle: false,
      hasEnded: false,
    }))
    this.#operators = this.#create(1, [])
  }

  /** The only subtask, where there is one. */
  get only(): KeyedProcessOperator {
    const [operator] = this.#operators
    assert(operator !== undefined && this.#operators.length === 1, 'there is one subtask')
    return operator
  }

  element(input: number, value: unknown, timestampMs: number): void {
    const operator = this.#operators.length === 1 ? this.#operators[0] : this.#ownerOf(input, value)
    if (this.#options.isFrozen) this.#frozen.freeze(value)
    operator?.inputs[input]?.processElement(value, timestampMs)
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
        `Expected operator '${this.#options.fn.uid}' to come to rest after an element, but it has done ${ownWorkMax} messages and timers; does it send itself messages for ever?`,
      )
    }
  }

  /** Ends all subtasks and goes on in fresh ones, restored from what the old ones would have put into a checkpoint. */
  restart(parallelism: number): void {
    this.#checkpointId++
    const pieces = this.#operators.map((operator) => piecesOf(operator, this.#checkpointId))
    this.#operators = this.#create(parallelism, pieces)
  }

  #ownerOf(input: number, value: unknown): KeyedProcessOperator | undefined {
    const selector = this.#options.keySelectors[input]
    assert(selector !== undefined, 'every input has a key selector')
    const group = keyGroupOfKey(selector.select(value))
    return this.#operators[subtaskOfKeyGroup(group, this.#operators.length)]
  }

  #create(
    parallelism: number,
    restored: readonly (readonly SnapshotPiece[])[],
  ): readonly KeyedProcessOperator[] {
    const operators = Array.from({ length: parallelism }, (_, index) =>
      this.#createSubtask(index, parallelism, restored),
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

  #createSubtask(
    subtaskIndex: number,
    parallelism: number,
    restored: readonly (readonly SnapshotPiece[])[],
  ): KeyedProcessOperator {
    const { fn, keySelectors, ports, isFrozen } = this.#options
    const keyGroups = keyGroupRange(subtaskIndex, parallelism)
    const backend = new HeapKeyedStateBackend({ uid: fn.uid, keyGroups })
    const note = (key: Key) => {
      this.emissions.key = key
    }
    const operator = new KeyedProcessOperator({
      context: new OperatorContext({
        name: fn.uid,
        subtaskIndex,
        ports,
        deadLetters: undefined,
        poison: new PoisonRecords(),
        place: () => undefined,
        declaredAt: undefined,
      }),
      fn: observedFunction(fn, note, isFrozen ? frozenState(fn.state, this.#frozen) : fn.state),
      keySelectors,
      backend,
      output: this.emissions.main,
      sideOutputs: this.emissions.sideOutputs,
      restoredWatermarkMs: restoredWatermarkMs(restored),
    })
    for (const block of restored.flatMap(blocksOf)) {
      if (sectionOfBlock(block) !== 'messages') backend.restoreBlock(block)
      else for (const message of decodeMessageBlock(block, keyGroups)) operator.restoreMessage(message)
    }
    return operator
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

function piecesOf(operator: KeyedProcessOperator, checkpointId: number): readonly SnapshotPiece[] {
  const snapshot = operator.snapshot(checkpointId)
  while (!snapshot.writeSlice(entriesPerSlice));
  const pieces = snapshot.takePieces()
  assert(!(pieces instanceof Promise), 'a keyed operator hands its pieces over at once')
  return pieces
}

function blocksOf(pieces: readonly SnapshotPiece[]): readonly Uint8Array[] {
  return pieces.flatMap(({ kind, bytes }) =>
    kind === 'keyed' || kind === 'messages' ? unpackFrames(bytes) : [],
  )
}

function restoredWatermarkMs(restored: readonly (readonly SnapshotPiece[])[]): number {
  const states = restored
    .flat()
    .filter(({ kind }) => kind === 'operator')
    .map(({ bytes }) => decodeValue<KeyedOperatorState>(bytes).watermarkMs)
  return states.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...states)
}
