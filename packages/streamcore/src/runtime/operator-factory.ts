/** Makes the operator of a node for one subtask, with its restored state. The one place where erased functions get their types back. */
import { assert } from '../contracts/assert.js'
import type { RestoredState } from '../checkpoint/restored-state.js'
import type { AnyKeyedFunction, KeySelector } from '../contracts/functions/any-keyed-function.js'
import { type KeyGroupRange, keyGroupRange } from '../contracts/key-groups.js'
import type { Sink, SinkWriter } from '../contracts/sink.js'
import type { KeyedStateBackend } from '../contracts/state/keyed-state-backend.js'
import type { NodeBinding, StreamNode } from '../graph/stream-graph.js'
import { FilterOperator } from '../operators/filter-operator.js'
import { FlatMapOperator } from '../operators/flat-map-operator.js'
import type { Input } from '../operators/input.js'
import type { KeyedOperatorState } from '../operators/keyed/keyed-operator-snapshot.js'
import { KeyedProcessOperator } from '../operators/keyed/keyed-process-operator.js'
import { reduceFunction } from '../operators/keyed/reduce-function.js'
import { MapOperator } from '../operators/map-operator.js'
import type { OperatorContext } from '../operators/operator-context.js'
import { SinkOperator } from '../operators/sink-operator.js'
import { type FlowControl, SourceOperator } from '../operators/source/source-operator.js'
import type { StreamOperator } from '../operators/stream-operator.js'
import { decodeMessageBlock } from '../serde/message-blocks.js'
import type { RunOptions } from './job-options.js'

/** What the operators of one subtask share. */
export interface SubtaskSetting {
  readonly run: RunOptions
  readonly epoch: number
  readonly subtaskIndex: number
  readonly parallelism: number
  readonly restored: RestoredState | undefined
  readonly flow: FlowControl
  readonly notify: () => void
  readonly onFailure: (error: unknown) => void
}

/** One node's surroundings. */
export interface OperatorSpec {
  readonly node: StreamNode
  readonly binding: NodeBinding
  readonly context: OperatorContext
  /** The main output. */
  readonly output: Input
  readonly sideOutputs: ReadonlyMap<string, Input>
}

/** Makes and opens an operator. */
export async function createOperator(spec: OperatorSpec, setting: SubtaskSetting): Promise<StreamOperator> {
  const { binding, context, output } = spec
  switch (binding.kind) {
    case 'map':
      return new MapOperator(context, output, (value) => binding.map(value))
    case 'filter':
      return new FilterOperator(context, output, (value) => binding.filter(value))
    case 'flatMap':
      return new FlatMapOperator(context, output, (value) => binding.flatMap(value))
    case 'process':
    case 'co-process':
      return await keyed(spec, setting, { fn: binding.fn, keySelectors: binding.keySelectors })
    case 'reduce': {
      const fn = reduceFunction(uidOf(spec.node), (accumulator, value) => binding.reduce(accumulator, value))
      return await keyed(spec, setting, { fn, keySelectors: binding.keySelectors })
    }
    case 'sink':
      return await sink(spec, setting, binding.sink)
    case 'source':
      return new SourceOperator({
        context,
        uid: uidOf(spec.node),
        source: binding.source,
        sourceContext: {
          jobId: setting.run.jobId,
          uid: uidOf(spec.node),
          connections: setting.run.connections,
          ports: setting.run.ports,
        },
        watermarks: binding.watermarks,
        output,
        flow: setting.flow,
        notify: setting.notify,
        onFailure: setting.onFailure,
      })
  }
}

async function keyed(
  spec: OperatorSpec,
  setting: SubtaskSetting,
  user: { readonly fn: AnyKeyedFunction; readonly keySelectors: readonly KeySelector[] },
): Promise<StreamOperator> {
  const { restored, run, subtaskIndex, parallelism, epoch } = setting
  const uid = uidOf(spec.node)
  const keyGroups = keyGroupRange(subtaskIndex, parallelism)
  const states = (await restored?.operatorStates<KeyedOperatorState>(uid)) ?? []
  const owner = { jobId: run.jobId, epoch, subtaskIndex }
  const { incremental, deltasMax, deltaShareMax } = run.checkpoint
  const backend = await run.stateBackend.create({ uid, keyGroups, isIncremental: incremental, owner })
  const operator = new KeyedProcessOperator({
    context: spec.context,
    fn: user.fn,
    keySelectors: user.keySelectors,
    backend,
    output: spec.output,
    sideOutputs: spec.sideOutputs,
    loading: { notify: setting.notify, onFailure: setting.onFailure },
    // The former subtasks may have been at different watermarks; what holds for all of them holds for each.
    restoredWatermarkMs:
      states.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...states.map((state) => state.watermarkMs)),
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

async function sink(
  spec: OperatorSpec,
  setting: SubtaskSetting,
  given: Sink<never>,
): Promise<StreamOperator> {
  const uid = uidOf(spec.node)
  const { run, epoch, subtaskIndex } = setting
  const writer: SinkWriter<never, unknown> = await given.createWriter({
    jobId: run.jobId,
    uid,
    connections: run.connections,
    ports: run.ports,
    subtaskIndex,
    epoch,
  })
  return new SinkOperator({
    context: spec.context,
    uid,
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the API has checked the record type, the plan forgot it
    writer: writer as SinkWriter<unknown, unknown>,
    isTransactional: given.delivery === 'exactly-once',
  })
}

function uidOf(node: StreamNode): string {
  assert('uid' in node, `operator '${node.name}' has a uid`)
  return node.uid
}
