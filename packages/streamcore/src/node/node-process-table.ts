/** Which processes of this machine live, told apart by their start time because pids are used again. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { StreamcoreError } from '../contracts/errors.js'
import type { Clock } from '../contracts/ports/clock.js'
import type { ProcessIdentity, ProcessTable } from '../contracts/ports/lease.js'

const killPollMs = 20
const killPollsMax = 500

/** Reads `/proc` on Linux and asks `ps` elsewhere. */
export class NodeProcessTable implements ProcessTable {
  readonly #clock: Clock
  readonly #self: ProcessIdentity

  constructor(clock: Clock) {
    const self = identityOf(process.pid)
    if (self === undefined) {
      throw new StreamcoreError(
        'STREAMCORE_IO',
        `Expected to find the start time of this process (pid ${process.pid}) in /proc or by ps, got nothing; install ps`,
      )
    }
    this.#clock = clock
    this.#self = self
  }

  self(): ProcessIdentity {
    return this.#self
  }

  async isAlive(identity: ProcessIdentity): Promise<boolean> {
    return identity.host === this.#self.host && startOf(identity.pid) === identity.startedAt
  }

  async kill(identity: ProcessIdentity): Promise<void> {
    for (let poll = 0; poll < killPollsMax; poll++) {
      if (!(await this.isAlive(identity))) return
      if (poll === 0) sendKill(identity)
      await this.#clock.sleep(killPollMs)
    }
    throw new StreamcoreError(
      'STREAMCORE_LEASE_HELD',
      `Expected process ${identity.pid} on ${identity.host} to end after SIGKILL, but it is still there after ${(killPollMs * killPollsMax) / 1_000} s; it probably waits for a disk: stop it by hand, then start again`,
    )
  }
}

/** The process that has this pid now; undefined when there is none. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startedAt = startOf(pid)
  return startedAt === undefined ? undefined : { host: hostname(), pid, startedAt }
}

function sendKill(identity: ProcessIdentity): void {
  try {
    process.kill(identity.pid, 'SIGKILL')
  } catch (error) {
    // It ended between the look and the kill.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return
    throw new StreamcoreError(
      'STREAMCORE_LEASE_HELD',
      `Expected to be allowed to kill process ${identity.pid} on ${identity.host}, the owner of the lease; stop it as the user who started it`,
      { cause: error },
    )
  }
}

/** Something that only one process with this pid has; undefined when there is none or it is a zombie. */
function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
}

function startFromProc(pid: number): string | undefined {
  let line: string
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // No such file is how /proc says that there is no such process.
    return undefined
  }
  // The name in parentheses may hold spaces and parentheses; what follows the last one is regular.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const ticksSinceBoot = fields[19]
  if (state === 'Z' || state === 'X' || ticksSinceBoot === undefined) return undefined
  return `${bootId()}:${ticksSinceBoot}`
}

/** Ticks since boot come again after a reboot, so the boot is part of the start time. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown-boot'
  }
}

function startFromPs(pid: number): string | undefined {
  let output: string
  try {
    output = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    // ps exits with 1 when there is no such process.
    return undefined
  }
  const [state = '', ...start] = output.trim().split(/\s+/)
  return state === '' || state.startsWith('Z') ? undefined : start.join(' ')
}
