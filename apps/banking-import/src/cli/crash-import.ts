/** One import in a process of its own, made to be killed: it tells each phase, before it enters it, through file descriptor 3. */
import { readFileSync, writeSync } from 'node:fs'
import { StreamcoreError } from 'streamcore'
import { createCrashLog } from '../crash-test/crash-log.js'
import { runImport } from './import-run.js'
import { loadModel } from './load-model.js'
import { LineProgress } from './progress.js'
import { StateFolder } from './state-folder.js'

/** What the process is told. */
export interface CrashImportSettings {
  readonly directory: string
  readonly state: string
  readonly model?: string
  readonly db?: string
  readonly dbCa?: string
  readonly schema?: string
  readonly partitions: number
  readonly parallelism: number
  readonly shuffleSeed: number
  readonly checkpointIntervalMs: number
}

/** What it tells when the job has ended. */
export const endedMark = 'ended'

const phaseFile = 3

/** Runs the import, or goes on with it. */
export async function crashImport(settings: CrashImportSettings): Promise<void> {
  const { directory, state, db, dbCa, schema } = settings
  // A whole line per write, at once: what was told last is what the process did when it died.
  const tell = (phase: string) => void writeSync(phaseFile, `${phase}\n`)
  await runImport(
    {
      ...settings,
      model: await loadModel(settings.model),
      directory,
      folder: new StateFolder(state),
      bootstrap: false,
      verify: false,
      audit: 'exceptions',
      overdueAfterMs: 0,
      whenOverdue: 'report',
      ...(db === undefined || dbCa === undefined ? {} : { ca: readFileSync(dbCa, 'utf8') }),
      ...(schema === undefined ? {} : { schema }),
      hooks: {
        onOpen: async (services) => {
          await createCrashLog(services)
          tell('producing')
        },
        onPhase: tell,
        onEnd: () => tell(endedMark),
      },
    },
    new LineProgress({ write: () => undefined }),
  )
}

/** Reads the settings from the command line of the process. */
export function parseCrashImport(text: string | undefined): CrashImportSettings {
  const parsed: unknown = text === undefined ? undefined : JSON.parse(text)
  if (isSettings(parsed)) return parsed
  throw new StreamcoreError(
    'STREAMCORE_CONFIG',
    'Expected the settings of an import as JSON; this program is for crash-test',
  )
}

function isSettings(value: unknown): value is CrashImportSettings {
  if (typeof value !== 'object' || value === null) return false
  const is = (name: string, type: string) => typeof Reflect.get(value, name) === type
  const hasNumbers = ['partitions', 'parallelism', 'shuffleSeed', 'checkpointIntervalMs'].every((name) =>
    is(name, 'number'),
  )
  return hasNumbers && is('directory', 'string') && is('state', 'string')
}
