/** The entry `@streamcore/connectors/log`: the embedded log, and sources and sinks over any partitioned log. */

export { embeddedLog, openEmbeddedLog } from './client/embedded-log-client.js'
export { partitionOfKey } from './key-partitioner.js'
export { KeyValuePartitionedLog } from './key-value-partitioned-log.js'
export { describeLogPlace, type LogPlace } from './log-place.js'
export { logSink, type LogSinkOptions } from './log-sink.js'
export { logSource, type LogSourceOptions } from './log-source.js'
export { produce, type ProducedRecord, type ProduceOptions } from './produce.js'
