// Programs that the bench starts: what they print, and how they fail.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runProcess } from './run-process.js'

let temporaryFolder = ''

beforeEach(() => {
  temporaryFolder = mkdtempSync(join(tmpdir(), 'run-process-'))
})

afterEach(() => rmSync(temporaryFolder, { recursive: true, force: true }))

async function run(script: string): Promise<string> {
  return await runProcess({
    program: process.execPath,
    args: ['-e', script],
    what: 'a script',
    temporaryFolder,
  })
}

it('gives what the program printed, and a folder of its own to it', async () => {
  expect(await run('console.log(require("node:os").tmpdir())')).toBe(`${temporaryFolder}\n`)
})

it('names what has failed and how', async () => {
  await expect(run('process.exit(3)')).rejects.toThrow(
    'Expected a script to run to its end, but its process ended with 3',
  )
  await expect(run('process.kill(process.pid, "SIGKILL")')).rejects.toThrow('ended with SIGKILL')
})
