/** What is needed to make the operator of a node for one subtask. */
import { assert } from '../contracts/assert.js'
import type { RestoredState } from '../checkpoint/restored-state.js'
import type { NodeBinding, StreamNode } from '../graph/stream-graph.js'
import type { Input } from '../operators/input.js'
import type { OperatorContext } from '../operators/operator-context.js'
import type { FlowControl } from '../operators/source/source-operator.js'
import type { TaskRunOptions } from './job-options.js'

/** What the operators of one subtask share. */
export interface SubtaskSetting {
  readonly run: TaskRunOptions
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

/** The uid of a node that has one. */
export function uidOf(node: StreamNode): string {
  assert('uid' in node, `operator '${node.name}' has a uid`)
  return node.uid
}
