/** The public table of contents of streamcore. */

export { assert, unreachable } from './contracts/assert.js'
export { days, type DurationText, hours, milliseconds, minutes, seconds } from './contracts/duration.js'
export {
  type ErrorCode,
  type ErrorDetails,
  messageOf,
  RetryableError,
  StreamcoreError,
  type StreamcoreErrorOptions,
  TerminalError,
} from './contracts/errors.js'
export { canonicalText, type Key, type MapKey, mapKeyOf } from './contracts/key.js'
export {
  type CommitFence,
  claimedFence,
  committedFence,
  type FencedSink,
  markerOf,
} from './contracts/commit-fence.js'
export { type Connection, ConnectionKind, type Connections } from './contracts/connection.js'
export {
  filesConnection,
  partitionedLogConnection,
  relationalConnection,
} from './contracts/connection-kinds.js'
export { checkTopic, maxPartitions, outOfRetention, unknownPartition } from './contracts/topic-name.js'
export { parentKeysOf, parentRejectedCode, rejectedTable, rowKeyOf } from './contracts/rejected-table.js'
export { noParams, type Schema, type, type TypeTag } from './contracts/schema.js'
export {
  forBoundedOutOfOrderness,
  forMonotonousTimestamps,
  forPunctuated,
  noWatermarks,
  type WatermarkOptions,
  type WatermarkStrategy,
} from './contracts/watermark-strategy.js'
export {
  type AggregatingState,
  aggregatingState,
  type StateAggregate,
} from './contracts/state/aggregating-state.js'
export { listState, mapState, reducingState, valueState } from './contracts/state/state-descriptors.js'
export type {
  BoundState,
  StateBinder,
  StateDescription,
  StateDescriptor,
  StateDescriptors,
  StateHandles,
  StateKind,
  StateMigrations,
  StateOptions,
} from './contracts/state/state-descriptors.js'
export type { ListState, MapState, ReducingState, ValueState } from './contracts/state/state-handles.js'
export type {
  StateTtl,
  StateTtlConfig,
  StateTtlUpdateType,
  StateTtlVisibility,
} from './contracts/state/state-ttl.js'
export type {
  CleanupQueue,
  DueTimer,
  KeyedSnapshot,
  KeyedSnapshotKind,
  KeyedStateBackend,
  KeyedStateBackendFactory,
  KeyedStateOptions,
  KeyedStateOwner,
  TimeDomain,
  TimerQueue,
} from './contracts/state/keyed-state-backend.js'
export {
  type AnyBroadcastStateDescriptor,
  type BoundOperatorState,
  type BroadcastState,
  broadcastState,
  type BroadcastStateDescriptor,
  type DeclaredStateDescription,
  operatorListState,
  type OperatorStateBinder,
  type OperatorStateDescription,
  type OperatorStateDescriptor,
  type OperatorStateDescriptors,
  type OperatorStateHandles,
  type OperatorStateKind,
  type OperatorStateOptions,
  type ReadOnlyBroadcastState,
  unionListState,
} from './contracts/state/operator-state.js'
export type { DeadLetter } from './contracts/functions/dead-letter.js'
export { type OutputTag, outputTag } from './contracts/functions/output-tag.js'
export type { Collector, KeyedContext, TimerService } from './contracts/functions/process-context.js'
export type {
  Emits,
  KeyedCoCollectFunction,
  KeyedCollectFunction,
  KeyedCoProcessFunction,
  KeyedFunctionOptions,
  KeyedProcessFunction,
  ReduceFunction,
} from './contracts/functions/process-function.js'
export type {
  BroadcastElementContext,
  BroadcastReader,
  BroadcastWriter,
  CurrentTime,
  KeyedBroadcastContext,
  ProcessContext,
  ReadOnlyProcessContext,
  UnkeyedContext,
  WritableProcessContext,
} from './contracts/functions/unkeyed-context.js'
export type {
  BroadcastCollectFunction,
  BroadcastProcessFunction,
  CollectFunction,
  KeyedBroadcastCollectFunction,
  KeyedBroadcastProcessFunction,
  ProcessFunction,
  UnkeyedFunctionOptions,
} from './contracts/functions/unkeyed-function.js'
export type {
  JsonValue,
  RejectedInput,
  Source,
  SourceBatch,
  SourceContext,
  SourceSplit,
  SplitEnumerator,
  SplitReader,
} from './contracts/source.js'
export type {
  AtLeastOnceSink,
  CommitMarker,
  Committer,
  Sink,
  SinkContext,
  SinkWriter,
  SinkWriterContext,
  TwoPhaseCommitSink,
} from './contracts/sink.js'
export type {
  CheckpointManifest,
  CheckpointPart,
  CheckpointRef,
  CheckpointSlot,
  CheckpointStorage,
  CommittedCheckpoint,
  OperatorManifest,
  SealedSlot,
} from './contracts/checkpoint-storage.js'
export type { JobDefinition, JobParams } from './contracts/job.js'
export {
  type KeyGroupRange,
  keyGroupOfHash,
  keyGroupRange,
  maxParallelism,
  murmurHash,
  subtaskOfKeyGroup,
} from './contracts/key-groups.js'
export type { Clock } from './contracts/ports/clock.js'
export type { Digest } from './contracts/ports/digest.js'
export type { FileStatus, FileSystem, OpenFile, OpenMode } from './contracts/ports/file-system.js'
export type {
  KeyValueEntry,
  KeyValueOperation,
  KeyValueRange,
  KeyValueStore,
} from './contracts/ports/key-value-store.js'
export { InMemoryMetrics, type MetricSeries } from './contracts/ports/in-memory-metrics.js'
export type { Lease, ProcessIdentity, ProcessTable } from './contracts/ports/lease.js'
export type { LogFields, Logger } from './contracts/ports/logger.js'
export type { Counter, Gauge, MetricLabels, Metrics } from './contracts/ports/metrics.js'
export type {
  LogAppend,
  LogOffsets,
  LogReadRange,
  LogRecord,
  LogSinkId,
  PartitionedLog,
  TopicOptions,
} from './contracts/ports/partitioned-log.js'
export type { Ports } from './contracts/ports/ports.js'
export type { Random } from './contracts/ports/random.js'
export { SeededRandom } from './contracts/ports/seeded-random.js'
export type {
  ApplyReport,
  ColumnValue,
  RejectedChange,
  RelationalSink,
  RelationalSinkId,
  Row,
  RowChange,
  ScanPage,
  TableDescription,
  TableForeignKey,
} from './contracts/ports/relational-sink.js'
export type { Scheduler } from './contracts/ports/scheduler.js'

export { buildStreamGraph } from './api/build-stream-graph.js'
export { collectionSource } from './api/collection-source.js'
export type { BroadcastStream } from './api/broadcast-stream.js'
export type {
  BroadcastConnectedStream,
  ConnectedStreams,
  DataStream,
  KeyedBroadcastConnectedStream,
  KeyedStream,
  RecordOf,
  SinkToOptions,
} from './api/data-stream.js'
export { type BuildJob, defineJob, type Job, type NoParams } from './api/define-job.js'
export type { KeysMustMatch, KeyTypesDiffer } from './api/keys-must-match.js'
export type {
  FromCollectionOptions,
  FromSourceOptions,
  StreamExecutionEnvironment,
} from './api/stream-execution-environment.js'
export { type ExplainedPlan, type ExplainedVertex, explainJson, explainText } from './graph/explain.js'
export { graphHash } from './graph/graph-hash.js'
export type { JobExchange, JobGraph, JobVertex } from './graph/job-graph.js'
export type {
  KeyedNode,
  NodeBinding,
  NonKeyedNode,
  Partitioning,
  SinkNode,
  SourceNode,
  StatelessNode,
  StreamEdge,
  StreamGraph,
  StreamNode,
} from './graph/stream-graph.js'
export { translate, type TranslateOptions } from './graph/translate.js'
export type { CheckpointConfig, CompletedCheckpoint } from './checkpoint/checkpoint-coordinator.js'
export { pauseBoundsMs, type SnapshotPauses } from './checkpoint/snapshot-pauses.js'
export type { JobHandle, JobResult } from './runtime/job-runner.js'
export { exponentialDelay, fixedDelay, noRestart, type RestartStrategy } from './runtime/restart-strategy.js'
export { heapStateBackend } from './state/heap-keyed-state-backend.js'
export { unchecked } from './serde/unchecked.js'
