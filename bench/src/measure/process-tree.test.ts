// The processes below this one, as the system lists them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { descendantsCpuMs, descendantsOf, descendantsPeakRssMb } from './process-tree.js'

const waits = 'process.stdin.resume(); console.log("ready")'

it.runIf(existsSync('/proc/self/stat'))('finds children and their children, and what they use', async () => {
  const program = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(waits)}], { stdio: "inherit" })`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const below = descendantsOf(process.pid)
  const grandchildren = below.filter(({ parentPid }) => parentPid === child.pid)
  expect(below.map(({ pid }) => pid)).toContain(child.pid)
  expect(grandchildren).toHaveLength(1)
  expect(descendantsPeakRssMb(process.pid)).toBeGreaterThan(10)
  expect(descendantsCpuMs(process.pid)).toBeGreaterThanOrEqual(0)
  child.stdin.end()
  await once(child, 'close')
  expect(descendantsOf(process.pid).map(({ pid }) => pid)).not.toContain(child.pid)
})

it('finds nothing below a process that does not exist', () => {
  expect(descendantsOf(2 ** 30)).toEqual([])
})
