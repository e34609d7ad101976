/** One import in a process of its own, made to be killed: it tells each phase before it enters it. */
import { readFileSync } from 'node:fs'
import { createCrashLog } from '../crash-test/crash-log.js'
import { type CrashImportSettings, endedMark } from '../crash-test/crash-settings.js'
import { runImport } from './import-run.js'
import { loadModel } from './load-model.js'
import { LineProgress } from './progress.js'
import { stateBackendOf } from './state-backend.js'
import { StateFolder } from './state-folder.js'

/** Runs the import, or goes on with it. */
export async function crashImport(
  settings: CrashImportSettings,
  tell: (phase: string) => void,
): Promise<void> {
  const { directory, partitions, parallelism, shuffleSeed, checkpointIntervalMs, db, dbCa, schema } = settings
  const folder = new StateFolder(settings.folder)
  await runImport(
    {
      model: await loadModel(settings.model),
      directory,
      folder,
      partitions,
      parallelism,
      shuffleSeed,
      checkpointIntervalMs,
      stateBackend: await stateBackendOf(settings.stateBackend, folder.working),
      bootstrap: false,
      verify: false,
      audit: 'exceptions',
      overdueAfterMs: 0,
      whenOverdue: 'report',
      ...(db === undefined ? {} : { db }),
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
