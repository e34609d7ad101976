// Real processes: who lives, who is a zombie, and the lease between them.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { FileLease } from '../checkpoint/file-lease.js'
import type { ProcessIdentity, ProcessTable } from '../contracts/ports/lease.js'
import { describeLease } from '../testing/contracts/lease.contract.js'
import { NodeClock } from './node-clock.js'
import { NodeFileSystem } from './node-file-system.js'
import { identityOf, NodeProcessTable } from './node-process-table.js'

const clock = new NodeClock()
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function startChild(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  children.push(child)
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  const identity = identityOf(child.pid ?? 0)
  if (!identity) throw new Error('The child has just been spawned')
  return identity
}

describe('NodeProcessTable', () => {
  it('knows itself as alive', async () => {
    const table = new NodeProcessTable(clock)
    expect(table.self().pid).toBe(process.pid)
    expect(await table.isAlive(table.self())).toBe(true)
  })

  it('does not take a later process with the same pid for the earlier one', async () => {
    const table = new NodeProcessTable(clock)
    expect(await table.isAlive({ ...table.self(), startedAt: 'earlier' })).toBe(false)
    expect(await table.isAlive({ ...table.self(), host: 'elsewhere' })).toBe(false)
    expect(await table.isAlive({ ...table.self(), pid: 0x7fff_fff0 })).toBe(false)
  })

  it('kills a process, stopped or not, and waits for its end', async () => {
    const table = new NodeProcessTable(clock)
    const stopped = await startChild()
    process.kill(stopped.pid, 'SIGSTOP')
    expect(await table.isAlive(stopped)).toBe(true)
    await table.kill(stopped)
    expect(await table.isAlive(stopped)).toBe(false)
    await table.kill(stopped)
  })
})

describeLease('FileLease between real processes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-lease-'))
  const table = new NodeProcessTable(clock)
  return {
    killsOwner: true,
    start: async (host) => {
      const child = await startChild()
      const self = host === 'here' ? child : { ...child, host: 'elsewhere' }
      const processes: ProcessTable = {
        self: () => self,
        isAlive: async (identity) => identity.host === self.host && (await table.isAlive(identity)),
        kill: (identity) => table.kill(identity),
      }
      const lease = new FileLease({
        fileSystem: new NodeFileSystem(),
        clock,
        processes,
        directory,
        killsOwner: true,
      })
      return { lease, kill: () => table.kill(child), isAlive: () => table.isAlive(child) }
    },
    cleanUp: () => rm(directory, { recursive: true }),
  }
})
