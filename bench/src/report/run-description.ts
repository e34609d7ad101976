/** Where and with what a run was measured: a figure without its machine, versions and commit says nothing. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { javaPeersFolder } from '../java/java-build.js'
import { rocksdbManagedMb } from '../java/java-engines.js'
import { askForVersion } from '../java/java-tools.js'

/** What was measured where. */
export interface RunDescription {
  readonly date: string
  readonly commit: string
  /** There were changes that no commit holds. */
  readonly isDirty: boolean
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryGb: number
    readonly system: string
  }
  readonly versions: Readonly<Record<string, string>>
  readonly limits: { readonly javaHeapMb: number; readonly rocksdbManagedMb: number }
  readonly rounds: number
}

const benchFolder = fileURLToPath(new URL('../../', import.meta.url))

/** Describes this machine and this working tree. */
export function describeRun(options: {
  readonly rounds: number
  readonly javaHeapMb: number
}): RunDescription {
  const { rounds, javaHeapMb } = options
  const all = cpus()
  return {
    date: new Date().toISOString(),
    commit: git('rev-parse', 'HEAD') ?? 'unknown',
    isDirty: git('status', '--porcelain', ':/', ':(top,exclude)bench/results') !== '',
    machine: {
      cpu: all[0]?.model ?? 'unknown',
      cores: all.length,
      memoryGb: Math.round(totalmem() / 1024 ** 3),
      system: `${platform()} ${release()} ${arch()}`,
    },
    versions: versions(),
    limits: { javaHeapMb, rocksdbManagedMb },
    rounds,
  }
}

function versions(): Readonly<Record<string, string>> {
  const manifest = readFileSync(join(benchFolder, 'package.json'), 'utf8')
  const pom = readFileSync(join(javaPeersFolder, 'pom.xml'), 'utf8')
  const java = /version "([^"]+)"/.exec(askForVersion('java', '-version') ?? '')?.[1]
  const found = {
    node: process.versions.node,
    java,
    flink: /<flink.version>([^<]+)</.exec(pom)?.[1],
    hazelcast: /<hazelcast.version>([^<]+)</.exec(pom)?.[1],
    rxjs: /"rxjs": "([^"]+)"/.exec(manifest)?.[1],
    'db-ivm': /"@tanstack\/db-ivm": "([^"]+)"/.exec(manifest)?.[1],
  }
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])),
  )
}

function git(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: benchFolder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
