/** One import without topics in a process of its own, made to be killed or stopped. */
import { readFileSync } from 'node:fs'
import type { Connections } from 'streamcore'
import { type CrashImportSettings, endedMark } from '../crash-test/crash-settings.js'
import { databaseConnection, DirectFolder, runDirectImport } from './direct-import.js'
import { loadModel } from './load-model.js'
import { stateBackendOf } from './state-backend.js'

/** The database frees the locks of a process that is stopped in the middle of a transaction after that time. */
const idleInTransactionTimeoutMs = 1_000

/** Runs the import, or goes on with it. */
export async function crashDirectImport(
  settings: CrashImportSettings,
  tell: (phase: string) => void,
): Promise<void> {
  const { directory, sink, parallelism, checkpointIntervalMs, shuffleSeed, takeOver } = settings
  const folder = new DirectFolder(settings.folder)
  await runDirectImport({
    model: await loadModel(settings.model),
    delivery: { directory, copies: 1, stride: 1, shuffleSeed },
    folder,
    target: sink === 'files' ? { kind: 'files', directory: folder.rows } : { kind: 'database' },
    connections: await connectionsOf(settings),
    stateBackend: await stateBackendOf(settings.stateBackend, folder.working),
    parallelism,
    checkpointIntervalMs,
    audit: 'exceptions',
    takeOver,
    onPhase: tell,
  })
  tell(endedMark)
}

async function connectionsOf({ db, dbCa, schema }: CrashImportSettings): Promise<Connections> {
  if (db === undefined) return {}
  const { postgres } = await import('@streamcore/connectors/postgres')
  const connection = postgres(db, {
    idleInTransactionTimeoutMs,
    ...(schema === undefined ? {} : { schema }),
    ...(dbCa === undefined ? {} : { tls: { ca: readFileSync(dbCa, 'utf8') } }),
  })
  return { [databaseConnection]: connection }
}
