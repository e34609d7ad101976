/** The plan as the user wrote it: frozen plain nodes and edges, and beside them the functions bound to the nodes. */
import type { AnyKeyedFunction, KeySelector } from '../contracts/functions/any-keyed-function.js'
import type { AnyProcessFunction } from '../contracts/functions/any-unkeyed-function.js'
import type { Sink } from '../contracts/sink.js'
import type { JsonValue, Source } from '../contracts/source.js'
import type {
  AnyBroadcastStateDescriptor,
  DeclaredStateDescription,
  OperatorStateDescription,
} from '../contracts/state/operator-state.js'
import type { WatermarkStrategy } from '../contracts/watermark-strategy.js'

/** The side output that every node with user code has for records it refuses. */
export const deadLetterTag = 'streamcore-dead-letters'

/** What all nodes have. `id` is the index in {@link StreamGraph.nodes}; inputs always have smaller ids. */
interface NodeBase {
  readonly id: number
  /** uid, or kind and id where there is none; unique; used in messages and metrics. */
  readonly name: string
  /** The user's file and line, for messages; not part of the hash. */
  readonly declaredAt?: string
}

/** Reads records from outside. */
export interface SourceNode extends NodeBase {
  readonly kind: 'source'
  readonly uid: string
  readonly sourceKind: string
  readonly boundedness: 'bounded' | 'unbounded'
  readonly config: JsonValue
  readonly watermarks: JsonValue
}

/** Stateless one-input functions. */
export interface StatelessNode extends NodeBase {
  readonly kind: 'map' | 'filter' | 'flatMap'
}

/** Keyed functions. `reduce` and `process` have one input, `co-process` two; that of `keyed-broadcast` has no key. */
export interface KeyedNode extends NodeBase {
  readonly kind: 'process' | 'co-process' | 'keyed-broadcast' | 'reduce'
  readonly uid: string
  readonly states: readonly DeclaredStateDescription[]
  readonly sendsToKeys: boolean
}

/** Functions without a key. The second input of `non-keyed-broadcast` is a broadcast stream. */
export interface NonKeyedNode extends NodeBase {
  readonly kind: 'non-keyed-process' | 'non-keyed-broadcast'
  readonly uid: string
  readonly states: readonly OperatorStateDescription[]
}

/** Writes records to outside. */
export interface SinkNode extends NodeBase {
  readonly kind: 'sink'
  readonly uid: string
  readonly sinkKind: string
  readonly delivery: 'at-least-once' | 'exactly-once'
  readonly config: JsonValue
}

/** A node of the plan. */
export type StreamNode = SourceNode | StatelessNode | KeyedNode | NonKeyedNode | SinkNode

/** How records are dealt to the subtasks of the target. */
export type Partitioning = 'forward' | 'hash' | 'rebalance' | 'broadcast' | 'global'

/** A connection between two nodes. */
export interface StreamEdge {
  readonly from: number
  /** The side output it leaves by; undefined for the main output. */
  readonly tag: string | undefined
  readonly to: number
  /** Which input of the target: 1 only for the second stream of connected ones. */
  readonly input: 0 | 1
  readonly partitioning: Partitioning
}

/** The functions of one node. Method signatures on purpose: user functions of any type fit without a cast. */
export type NodeBinding =
  | {
      readonly kind: 'source'
      readonly source: Source<unknown>
      readonly watermarks: WatermarkStrategy<never>
    }
  | { readonly kind: 'map'; map(value: unknown): unknown }
  | { readonly kind: 'filter'; filter(value: unknown): boolean }
  | { readonly kind: 'flatMap'; flatMap(value: unknown): Iterable<unknown> }
  | { readonly kind: 'process'; readonly keySelectors: readonly [KeySelector]; readonly fn: AnyKeyedFunction }
  | {
      readonly kind: 'co-process'
      readonly keySelectors: readonly [KeySelector, KeySelector]
      readonly fn: AnyKeyedFunction
    }
  | {
      readonly kind: 'keyed-broadcast'
      readonly keySelectors: readonly [KeySelector]
      readonly fn: AnyKeyedFunction
      readonly broadcast: readonly AnyBroadcastStateDescriptor[]
    }
  | { readonly kind: 'non-keyed-process'; readonly fn: AnyProcessFunction }
  | {
      readonly kind: 'non-keyed-broadcast'
      readonly fn: AnyProcessFunction
      readonly broadcast: readonly AnyBroadcastStateDescriptor[]
    }
  | {
      readonly kind: 'reduce'
      readonly keySelectors: readonly [KeySelector]
      reduce(accumulator: unknown, value: unknown): unknown
    }
  | { readonly kind: 'sink'; readonly sink: Sink<never> }

/** The recorded plan of a job. */
export interface StreamGraph {
  readonly jobName: string
  readonly params: JsonValue
  readonly nodes: readonly StreamNode[]
  readonly edges: readonly StreamEdge[]
  /** Functions by node id; the only part that is not plain data. */
  readonly bindings: ReadonlyMap<number, NodeBinding>
}

/** Whether nodes of this kind run a user's process function: those have side outputs. */
export function isProcessKind(kind: StreamNode['kind']): boolean {
  return kind === 'process' || kind === 'non-keyed-process' || hasTwoInputs(kind)
}

/** Whether nodes of this kind tell two inputs apart. */
export function hasTwoInputs(kind: StreamNode['kind']): boolean {
  return kind === 'co-process' || kind === 'keyed-broadcast' || kind === 'non-keyed-broadcast'
}
