/** Makes the operator of a node for one subtask, with its restored state. The one place where erased functions get their types back. */
import type { Sink, SinkWriter } from '../contracts/sink.js'
import { FilterOperator } from '../operators/filter-operator.js'
import { FlatMapOperator } from '../operators/flat-map-operator.js'
import { reduceFunction } from '../operators/keyed/reduce-function.js'
import { MapOperator } from '../operators/map-operator.js'
import { SinkOperator } from '../operators/sink-operator.js'
import { SourceOperator } from '../operators/source/source-operator.js'
import type { StreamOperator } from '../operators/stream-operator.js'
import { type OperatorSpec, type SubtaskSetting, uidOf } from './operator-spec.js'
import { keyedOperator, nonKeyedOperator } from './stateful-operators.js'

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
    case 'keyed-broadcast':
      return await keyedOperator(spec, setting, binding)
    case 'non-keyed-process':
    case 'non-keyed-broadcast':
      return await nonKeyedOperator(spec, setting, binding)
    case 'reduce': {
      const fn = reduceFunction(uidOf(spec.node), (accumulator, value) => binding.reduce(accumulator, value))
      return await keyedOperator(spec, setting, { fn, keySelectors: binding.keySelectors })
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
