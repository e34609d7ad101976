/** How each engine on Java is started, and with how much memory. */
import { join } from 'node:path'
import type { Setup } from '../engines/engine.js'
import type { JavaEngineName } from '../engines/engine-names.js'
import { type JavaModule, javaPeersFolder } from './java-build.js'

/** Which run of an engine on Java. */
export interface JavaRun {
  readonly engine: JavaEngineName
  readonly workload: string
  readonly setup: Setup
  readonly heapMb: number
  /** An empty folder for checkpoints and state. */
  readonly directory: string
}

interface JavaEngine {
  readonly module: JavaModule
  readonly mainClass: string
  /** What follows workload, records, parallelism, checkpointMs and folder. */
  readonly options: readonly string[]
}

/** What Flink gives to RocksDB, outside the Java heap, for its block cache and its write buffers. */
export const rocksdbManagedMb = 256

const flink = { module: 'flink', mainClass: 'streamcore.bench.flink.FlinkPeer' } as const
const engines: Readonly<Record<JavaEngineName, JavaEngine>> = {
  'flink-hashmap': { ...flink, options: ['hashmap', 'false', `${rocksdbManagedMb}m`] },
  'flink-hashmap-reuse': { ...flink, options: ['hashmap', 'true', `${rocksdbManagedMb}m`] },
  'flink-rocksdb': { ...flink, options: ['rocksdb', 'false', `${rocksdbManagedMb}m`] },
  jet: { module: 'jet', mainClass: 'streamcore.bench.jet.JetPeer', options: [] },
}

/** The module that has to be built for an engine. */
export function moduleOf(engine: JavaEngineName): JavaModule {
  return engines[engine].module
}

/** What follows `java` on the command line. */
export function javaArguments({ engine, workload, setup, heapMb, directory }: JavaRun): readonly string[] {
  const { module, mainClass, options } = engines[engine]
  const target = join(javaPeersFolder, module, 'target')
  return [
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    `-Djava.io.tmpdir=${directory}`,
    '-XX:+ExitOnOutOfMemoryError',
    '--add-opens=java.base/java.lang=ALL-UNNAMED',
    '--add-opens=java.base/java.util=ALL-UNNAMED',
    '-cp',
    `${join(target, `${module}-1.jar`)}:${join(target, 'libraries')}/*`,
    mainClass,
    workload,
    ...[setup.records, setup.parallelism, setup.checkpointMs].map(String),
    directory,
    ...options,
  ]
}
