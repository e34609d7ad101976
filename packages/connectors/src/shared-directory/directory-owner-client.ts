/** A note in a directory that says which process has it open, so that nobody else opens what is inside. */
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, type ProcessIdentity, StreamcoreError } from 'streamcore'
import { NodeClock, NodeProcessTable } from 'streamcore/node'

const notePrefix = 'owner-'

/**
 * Makes this process the owner of a directory and gives the way to end that. Everyone writes a note before looking for
 * the notes of others, so of two at the same time at most one stays. Notes of processes that are gone are taken away.
 * @throws StreamcoreError `STREAMCORE_LEASE_HELD` naming the owner; `what` is what the directory holds
 */
export async function ownDirectory(path: string, what: string): Promise<() => Promise<void>> {
  await mkdir(path, { recursive: true })
  const processes = new NodeProcessTable(new NodeClock())
  const self = processes.self()
  const note = notePrefix + noteName(self)
  await writeNote(join(path, note), self, () => heldBy(what, path, self, self))
  for (const name of await readdir(path)) {
    if (!name.startsWith(notePrefix) || name === note) continue
    const owner = parseOwner(await readFile(join(path, name), 'utf8').catch(() => ''))
    if (owner && (await processes.isAlive(owner))) {
      await rm(join(path, note), { force: true })
      throw heldBy(what, path, owner, self)
    }
    // A note that is being written has no owner yet; its writer will find ours.
    if (owner) await rm(join(path, name), { force: true })
  }
  return () => rm(join(path, note), { force: true })
}

async function writeNote(path: string, self: ProcessIdentity, held: () => StreamcoreError): Promise<void> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(JSON.stringify(self))
    await file.close()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw held()
    throw new StreamcoreError('STREAMCORE_IO', `Expected to write ${path}, got: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function noteName({ pid, startedAt }: ProcessIdentity): string {
  return `${pid}-${startedAt.replaceAll(/[^A-Za-z0-9-]/g, '_')}`
}

function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isIdentity(value) ? value : undefined
  } catch {
    // Not yet written, or cut off by a crash: it names nobody.
    return undefined
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false
  if (!('host' in value) || !('pid' in value) || !('startedAt' in value)) return false
  return (
    typeof value.host === 'string' && typeof value.pid === 'number' && typeof value.startedAt === 'string'
  )
}

function heldBy(what: string, path: string, owner: ProcessIdentity, self: ProcessIdentity): StreamcoreError {
  const isSelf = owner.pid === self.pid && owner.startedAt === self.startedAt
  const holder = isSelf ? 'another thread of this process' : `process ${owner.pid}`
  const advice = isSelf ? 'run the job without workers' : 'stop it, or use another directory'
  return new StreamcoreError(
    'STREAMCORE_LEASE_HELD',
    `Expected the ${what} in ${path} to be free, but ${holder} has it open; ${advice}`,
    { details: { path } },
  )
}
