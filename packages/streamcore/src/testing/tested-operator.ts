/** Makes the real operator of a function under test for one subtask, restored from what former subtasks have snapshotted. */
import type { Key } from '../contracts/key.js'
import { keyGroupRange } from '../contracts/key-groups.js'
import type { Ports } from '../contracts/ports/ports.js'
import { KeyedProcessOperator } from '../operators/keyed/keyed-process-operator.js'
import { ProcessOperator } from '../operators/non-keyed/process-operator.js'
import { OperatorContext } from '../operators/operator-context.js'
import { PoisonRecords } from '../operators/poison-records.js'
import type { OperatorTime, SnapshotPiece, StreamOperator } from '../operators/stream-operator.js'
import { sectionOfBlock } from '../serde/block.js'
import { unpackFrames } from '../serde/frames.js'
import { decodeMessageBlock } from '../serde/message-blocks.js'
import { decodeValue } from '../serde/value-codec.js'
import { HeapKeyedStateBackend } from '../state/heap-keyed-state-backend.js'
import { OperatorStateStore } from '../state/operator/operator-state-store.js'
import type { Emissions } from './emissions.js'
import { FrozenOperatorStateStore } from './frozen-operator-state.js'
import { frozenState } from './frozen-state.js'
import type { FrozenValues } from './frozen-values.js'
import {
  type FunctionUnderTest,
  type KeyedUnderTest,
  type NonKeyedUnderTest,
  uidOf,
} from './function-under-test.js'
import { observedFunction } from './observed-function.js'

/** What each former subtask has put into its checkpoint. */
export type FormerPieces = readonly (readonly SnapshotPiece[])[]

/** One subtask and its surroundings. */
export interface TestedSubtask {
  readonly subtaskIndex: number
  readonly parallelism: number
  readonly restored: FormerPieces
  readonly ports: Ports
  readonly emissions: Emissions
  /** Undefined where values are not frozen. */
  readonly frozen: FrozenValues | undefined
}

/** An operator over the heap backend. */
export function createTestedOperator(underTest: FunctionUnderTest, subtask: TestedSubtask): StreamOperator {
  return 'process' in underTest ? nonKeyed(underTest, subtask) : keyed(underTest, subtask)
}

function keyed(underTest: KeyedUnderTest, subtask: TestedSubtask): StreamOperator {
  const { fn, keySelectors, broadcast } = underTest
  const { subtaskIndex, parallelism, emissions, restored, frozen } = subtask
  const keyGroups = keyGroupRange(subtaskIndex, parallelism)
  const backend = new HeapKeyedStateBackend({ uid: fn.uid, keyGroups })
  const note = (key: Key) => {
    emissions.key = key
  }
  const store = broadcast && storeOf(underTest, subtask)
  if (store !== undefined) restoreStore(store, subtask)
  const operator = new KeyedProcessOperator({
    context: contextOf(fn.uid, subtask),
    fn: observedFunction(fn, note, frozen === undefined ? fn.state : frozenState(fn.state, frozen)),
    keySelectors,
    backend,
    output: emissions.main,
    sideOutputs: emissions.sideOutputs,
    restoredWatermarkMs: restoredWatermarkMs(restored),
    ...(store === undefined ? {} : { broadcast: store }),
  })
  for (const block of restored.flatMap((pieces) => blocksOf(pieces, ['keyed', 'messages']))) {
    if (sectionOfBlock(block) !== 'messages') backend.restoreBlock(block)
    else for (const message of decodeMessageBlock(block, keyGroups)) operator.restoreMessage(message)
  }
  return operator
}

function nonKeyed(underTest: NonKeyedUnderTest, subtask: TestedSubtask): StreamOperator {
  const { process: fn, broadcast } = underTest
  const { emissions, restored } = subtask
  const store = storeOf(underTest, subtask)
  const operator = new ProcessOperator({
    context: contextOf(fn.uid, subtask),
    fn,
    store,
    hasBroadcastInput: broadcast !== undefined,
    output: emissions.main,
    sideOutputs: emissions.sideOutputs,
    restoredWatermarkMs: restoredWatermarkMs(restored),
  })
  restoreStore(store, subtask)
  return operator
}

function storeOf(underTest: FunctionUnderTest, { subtaskIndex, frozen }: TestedSubtask): OperatorStateStore {
  const options = { uid: uidOf(underTest), subtaskIndex }
  const store =
    frozen === undefined ? new OperatorStateStore(options) : new FrozenOperatorStateStore(options, frozen)
  for (const descriptor of underTest.broadcast ?? []) descriptor.bind(store)
  return store
}

function restoreStore(
  store: OperatorStateStore,
  { subtaskIndex, parallelism, restored }: TestedSubtask,
): void {
  const by = { subtaskIndex, parallelism, formerParallelism: restored.length }
  for (const [former, pieces] of restored.entries()) {
    for (const block of blocksOf(pieces, ['operator-state']))
      store.restore({ subtaskIndex: former, block }, by)
  }
}

function contextOf(uid: string, { subtaskIndex, ports }: TestedSubtask): OperatorContext {
  return new OperatorContext({
    name: uid,
    subtaskIndex,
    ports,
    deadLetters: undefined,
    poison: new PoisonRecords(),
    place: () => undefined,
    declaredAt: undefined,
  })
}

function blocksOf(
  pieces: readonly SnapshotPiece[],
  kinds: readonly SnapshotPiece['kind'][],
): readonly Uint8Array[] {
  return pieces.flatMap(({ kind, bytes }) => (kinds.includes(kind) ? unpackFrames(bytes) : []))
}

function restoredWatermarkMs(restored: FormerPieces): number {
  const states = restored
    .flat()
    .filter(({ kind }) => kind === 'operator')
    .map(({ bytes }) => decodeValue<OperatorTime>(bytes).watermarkMs)
  return states.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...states)
}
