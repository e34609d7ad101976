/** Where one incarnation of a job keeps its working state, and what former ones have left there. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, StreamcoreError } from '../contracts/errors.js'
import type { KeyedStateOptions } from '../contracts/state/keyed-state-backend.js'

let preparedCount = 0

/**
 * A path where nothing is, and that nobody else uses: `<directory>/<jobId>/work/<epoch>-<pid>/<number>-<uid>-<subtask>`. What
 * incarnations of a lower epoch, or of processes that are gone, have left beside it is removed: nobody ever reads it again.
 */
export async function prepareWorkingDirectory(directory: string, keyed: KeyedStateOptions): Promise<string> {
  const { uid, owner = { jobId: 'unnamed', epoch: 0, subtaskIndex: 0 } } = keyed
  const work = join(directory, owner.jobId, 'work')
  preparedCount++
  const name = `${preparedCount}-${encodeURIComponent(uid).slice(0, 100)}-${owner.subtaskIndex}`
  const path = join(work, `${owner.epoch}-${process.pid}`, name)
  try {
    for (const left of await namesIn(work)) {
      if (isLeftover(left, owner.epoch)) await rm(join(work, left), { recursive: true, force: true })
    }
    // A process that was killed may have had the same number: in a container it always has.
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    throw new StreamcoreError(
      'STREAMCORE_IO',
      `Expected to remove what former runs have left in ${work}, got: ${messageOf(error)}; check who owns the directory of the state backend`,
      { cause: error, details: { path: work } },
    )
  }
  return path
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function isLeftover(name: string, epoch: number): boolean {
  const [, itsEpoch, pid] = /^(\d+)-(\d+)$/.exec(name) ?? []
  return itsEpoch !== undefined && (Number(itsEpoch) < epoch || !isAlive(Number(pid)))
}

/** Signal 0 only asks; a process of somebody else refuses it, and is alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
