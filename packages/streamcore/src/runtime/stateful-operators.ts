/** Makes the operators that run process functions, with their restored state. */
import type { RestoredState } from '../checkpoint/restored-state.js'
import type { AnyKeyedFunction, KeySelector } from '../contracts/functions/any-keyed-function.js'
import type { AnyProcessFunction } from '../contracts/functions/any-unkeyed-function.js'
import { type KeyGroupRange, keyGroupRange } from '../contracts/key-groups.js'
import type { KeyedStateBackend } from '../contracts/state/keyed-state-backend.js'
import type { AnyBroadcastStateDescriptor } from '../contracts/state/operator-state.js'
import { KeyedProcessOperator } from '../operators/keyed/keyed-process-operator.js'
import { ProcessOperator } from '../operators/non-keyed/process-operator.js'
import type { OperatorTime, StreamOperator } from '../operators/stream-operator.js'
import { decodeMessageBlock } from '../serde/message-blocks.js'
import { OperatorStateStore } from '../state/operator/operator-state-store.js'
import { type OperatorSpec, type SubtaskSetting, uidOf } from './operator-spec.js'

/** What a user has given to a keyed stream. */
export interface KeyedUserCode {
  readonly fn: AnyKeyedFunction
  readonly keySelectors: readonly KeySelector[]
  /** The states of the broadcast stream beside it, where there is one. */
  readonly broadcast?: readonly AnyBroadcastStateDescriptor[]
}

/** What a user has given to a stream without keys. */
export interface NonKeyedUserCode {
  readonly fn: AnyProcessFunction
  readonly broadcast?: readonly AnyBroadcastStateDescriptor[]
}

/** An operator with keyed state, and with broadcast state where a stream is broadcast to it. */
export async function keyedOperator(
  spec: OperatorSpec,
  setting: SubtaskSetting,
  user: KeyedUserCode,
): Promise<StreamOperator> {
  const { restored, run, subtaskIndex, parallelism, epoch } = setting
  const uid = uidOf(spec.node)
  const keyGroups = keyGroupRange(subtaskIndex, parallelism)
  const owner = { jobId: run.jobId, epoch, subtaskIndex }
  const { incremental, deltasMax, deltaShareMax } = run.checkpoint
  const restoredWatermarkMs = await watermarkOf(restored, uid)
  const store = user.broadcast && broadcastStore(uid, subtaskIndex, user.broadcast)
  if (store !== undefined) await restoreStore(store, setting)
  const backend = await run.stateBackend.create({ uid, keyGroups, isIncremental: incremental, owner })
  const operator = new KeyedProcessOperator({
    context: spec.context,
    fn: user.fn,
    keySelectors: user.keySelectors,
    backend,
    output: spec.output,
    sideOutputs: spec.sideOutputs,
    loading: { notify: setting.notify, onFailure: setting.onFailure },
    restoredWatermarkMs,
    ...(store === undefined ? {} : { broadcast: store }),
    ...(incremental ? { deltaLimits: { deltasMax, deltaShareMax } } : {}),
  })
  try {
    await restoreKeyed(operator, backend, { restored, keyGroups })
  } catch (error) {
    // Nobody else knows of the backend yet.
    await backend.close()
    throw error
  }
  return operator
}

/** An operator with operator state. */
export async function nonKeyedOperator(
  spec: OperatorSpec,
  setting: SubtaskSetting,
  user: NonKeyedUserCode,
): Promise<StreamOperator> {
  const uid = uidOf(spec.node)
  const store = broadcastStore(uid, setting.subtaskIndex, user.broadcast ?? [])
  const operator = new ProcessOperator({
    context: spec.context,
    fn: user.fn,
    store,
    hasBroadcastInput: user.broadcast !== undefined,
    output: spec.output,
    sideOutputs: spec.sideOutputs,
    restoredWatermarkMs: await watermarkOf(setting.restored, uid),
  })
  await restoreStore(store, setting)
  return operator
}

function broadcastStore(
  uid: string,
  subtaskIndex: number,
  broadcast: readonly AnyBroadcastStateDescriptor[],
): OperatorStateStore {
  const store = new OperatorStateStore({ uid, subtaskIndex })
  for (const descriptor of broadcast) descriptor.bind(store)
  return store
}

/** Every subtask reads all of an operator's state, because a list may have been anywhere. */
async function restoreStore(
  store: OperatorStateStore,
  { restored, subtaskIndex, parallelism }: SubtaskSetting,
): Promise<void> {
  if (restored === undefined) return
  const formerParallelism = restored.parallelismOf(store.uid) ?? parallelism
  for await (const block of restored.operatorStateBlocks(store.uid))
    store.restore(block, { subtaskIndex, parallelism, formerParallelism })
}

/** The former subtasks may have been at different watermarks; what holds for all of them holds for each. */
async function watermarkOf(restored: RestoredState | undefined, uid: string): Promise<number> {
  const states = (await restored?.operatorStates<OperatorTime>(uid)) ?? []
  return states.length === 0
    ? Number.NEGATIVE_INFINITY
    : Math.min(...states.map((state) => state.watermarkMs))
}

async function restoreKeyed(
  operator: KeyedProcessOperator,
  backend: KeyedStateBackend,
  from: { readonly restored: RestoredState | undefined; readonly keyGroups: KeyGroupRange },
): Promise<void> {
  const { restored, keyGroups } = from
  if (restored === undefined) return
  for await (const block of restored.blocks(operator.uid, 'keyed', keyGroups))
    await backend.restoreBlock(block)
  for await (const block of restored.blocks(operator.uid, 'messages', keyGroups))
    for (const message of decodeMessageBlock(block, keyGroups)) operator.restoreMessage(message)
}
