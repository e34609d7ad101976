/** The engines by name: streamcore, and the peers it is compared with. */
import type { StateName } from './engine.js'

/** Engines written in TypeScript. */
export const nodeEngineNames = ['streamcore', 'loop', 'rxjs', 'db-ivm'] as const

/** Engines that run on a Java virtual machine. */
export const javaEngineNames = ['flink-hashmap', 'flink-hashmap-reuse', 'flink-rocksdb', 'jet'] as const

/** What `--peers` may be, in the order of the tables. */
export const peerNames = ['loop', ...javaEngineNames, 'rxjs', 'db-ivm'] as const

/** An engine in a Node.js process. */
export type NodeEngineName = (typeof nodeEngineNames)[number]

/** An engine in a Java process. */
export type JavaEngineName = (typeof javaEngineNames)[number]

/** What streamcore is compared with. */
export type PeerName = (typeof peerNames)[number]

/** Everything that runs a workload. */
export type EngineName = 'streamcore' | PeerName

/** Several peers under one name. */
export const peerGroups: Readonly<Record<string, readonly PeerName[]>> = {
  flink: ['flink-hashmap', 'flink-hashmap-reuse', 'flink-rocksdb'],
  all: peerNames,
}

/** Whether the engine needs Java. */
export function isJavaEngine(engine: EngineName): engine is JavaEngineName {
  return javaEngineNames.some((name) => name === engine)
}

/**
 * Whether a peer stands beside streamcore with its state there: an engine that keeps state on the heap is no measure for
 * one that keeps it on disk. The loop stands beside both, as the limit.
 */
export function standsBeside(peer: PeerName, state: StateName): boolean {
  return state === 'heap' || peer === 'loop' || peer === 'flink-rocksdb'
}
