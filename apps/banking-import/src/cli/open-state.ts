/** Opens the log of an import's folder, to look at it while no import runs there. */
import { openEmbeddedLog } from '@streamcore/connectors/log'
import { type PartitionedLog, StreamcoreError } from 'streamcore'
import { type ImportRegister, StateFolder } from './state-folder.js'

/** Lets `work` look at the folder; the log is closed afterwards. */
export async function withState<T>(
  path: string,
  work: (state: { readonly log: PartitionedLog; readonly register: ImportRegister }) => Promise<T>,
): Promise<T> {
  const folder = StateFolder.existing(path)
  const register = folder.readRegister()
  if (register === undefined)
    throw new StreamcoreError('STREAMCORE_INPUT', `The register of ${folder.path} has gone`)
  const log = await openEmbeddedLog(folder.log)
  try {
    return await work({ log, register })
  } finally {
    await log.close()
  }
}
