/** The entry `streamcore/node`: the ports of a Node.js process. */

export { directoryState } from './directory-state.js'
export { type DurableState, execute, type ExecuteOptions } from './execute.js'
export { loadJob, type LoadedJob } from './load-job.js'
export { NodeClock } from './node-clock.js'
export { nodeDigest } from './node-digest.js'
export { NodeFileSystem } from './node-file-system.js'
export { type NodePortsOptions, nodePorts } from './node-ports.js'
export { NodeProcessTable } from './node-process-table.js'
export { nodeRandom } from './node-random.js'
export { NodeScheduler } from './node-scheduler.js'
export { type LogLevel, TextLogger, type TextLoggerOptions } from './text-logger.js'
