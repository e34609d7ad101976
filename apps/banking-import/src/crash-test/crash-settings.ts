/** What a process that is made to be killed or stopped is told. */
import { StreamcoreError } from 'streamcore'

/** Settings of an import in a process of its own. */
export interface CrashImportSettings {
  readonly directory: string
  /** Keeps everything that survives the process. */
  readonly folder: string
  readonly stateBackend: 'heap' | 'leveldb'
  /**
   * - `topics`: through the embedded log into a database
   * - `direct`: from the files of the delivery straight through the resolver, into a database or into files
   */
  readonly way: 'topics' | 'direct'
  readonly sink: 'database' | 'files'
  readonly model?: string
  readonly db?: string
  readonly dbCa?: string
  readonly schema?: string
  readonly partitions: number
  readonly parallelism: number
  readonly shuffleSeed: number
  readonly checkpointIntervalMs: number
  /** Go on beside a process that holds the job. */
  readonly takeOver: boolean
}

/** What the process tells when the job has ended. */
export const endedMark = 'ended'

/** Reads the settings from the command line of the process. */
export function parseCrashImport(text: string | undefined): CrashImportSettings {
  const parsed: unknown = text === undefined ? undefined : JSON.parse(text)
  if (isSettings(parsed)) return parsed
  throw new StreamcoreError(
    'STREAMCORE_CONFIG',
    'Expected the settings of an import as JSON; this program is for crash-test and zombie-test',
  )
}

function isSettings(value: unknown): value is CrashImportSettings {
  if (typeof value !== 'object' || value === null) return false
  const is = (type: string, ...names: readonly string[]) =>
    names.every((name) => typeof Reflect.get(value, name) === type)
  return (
    is('number', 'partitions', 'parallelism', 'shuffleSeed', 'checkpointIntervalMs') &&
    is('string', 'directory', 'folder', 'stateBackend', 'way', 'sink') &&
    is('boolean', 'takeOver')
  )
}
