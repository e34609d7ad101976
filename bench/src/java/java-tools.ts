/** Whether Java and Maven are there, and which. */
import { spawnSync } from 'node:child_process'

/** What a program prints when it is asked for its version; undefined where there is no such program. */
export type VersionProbe = (program: string, option: string) => string | undefined

/** The oldest Java that Flink 2.3 and Hazelcast 5.7 run on. */
const oldestJava = 17

/** Why peers on Java cannot run; undefined when they can. */
export function javaProblem(probe: VersionProbe): string | undefined {
  const text = probe('java', '-version')
  if (text === undefined) return `no Java here: expected a program \`java\`, version ${oldestJava} or later`
  const version = Number(/version "(\d+)/.exec(text)?.[1])
  if (version >= oldestJava) return undefined
  return `expected Java ${oldestJava} or later, got ${text.split('\n')[0] ?? ''}`
}

/** Why peers on Java cannot be built; undefined when they can. */
export function mavenProblem(probe: VersionProbe): string | undefined {
  return probe('mvn', '--version') === undefined
    ? 'no Maven here: expected a program `mvn` to build it with, once'
    : undefined
}

/** Asks the programs of this machine. */
export function askForVersion(program: string, option: string): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, [option], { encoding: 'utf8', timeout: 60_000 })
  return status === 0 ? `${stdout}${stderr}` : undefined
}
