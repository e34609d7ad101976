/** What the child processes of a process use: their work counts as the engine's own. */
import { readdirSync, readFileSync } from 'node:fs'

/** One process, as the system lists it. */
interface Entry {
  readonly pid: number
  readonly parentPid: number
  readonly cpuMs: number
}

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const msPerTick = 10

/** The living descendants of a process; none where the system does not list processes in `/proc`. */
export function descendantsOf(pid: number): readonly Entry[] {
  const all = listProcesses()
  const found: Entry[] = []
  let parents = new Set([pid])
  while (parents.size > 0) {
    const children = all.filter(({ parentPid }) => parents.has(parentPid))
    found.push(...children)
    parents = new Set(children.map((child) => child.pid))
  }
  return found
}

/** Processor time of all living descendants together. */
export function descendantsCpuMs(pid: number): number {
  return descendantsOf(pid).reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}

/** Peak memory of all living descendants together. */
export function descendantsPeakRssMb(pid: number): number {
  return descendantsOf(pid).reduce((sum, child) => sum + peakRssKb(child.pid) / 1_024, 0)
}

function listProcesses(): readonly Entry[] {
  const names = read(() => readdirSync('/proc')) ?? []
  return names.flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    // A process may end while the list is read.
    const stat = read(() => readFileSync(`/proc/${name}/stat`, 'utf8'))
    return stat === undefined ? [] : [entryOf(Number(name), stat)]
  })
}

/** The fields behind the program's name, which may hold spaces and brackets: state, parent, … user and system time. */
function entryOf(pid: number, stat: string): Entry {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { pid, parentPid: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick }
}

function peakRssKb(pid: number): number {
  const status = read(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? ''
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}

function read<T>(get: () => T): T | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}
