// Programs that the bench starts: what they print, what they leave, and how they fail.
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runProcess } from './run-process.js'

async function run(script: string): Promise<string> {
  return await runProcess({
    program: process.execPath,
    args: (folder) => ['-e', script, folder],
    what: 'a script',
  })
}

it('gives what the program printed, and a folder of its own to it that does not outlive it', async () => {
  const script =
    'const { tmpdir } = require("node:os"); require("node:fs").writeFileSync(`${tmpdir()}/left`, ""); console.log(tmpdir()); console.log(process.argv[1])'
  const [temporary = '', folder] = (await run(script)).split('\n')
  expect(temporary).toContain('streamcore-bench-')
  expect(folder).toBe(temporary)
  expect(existsSync(temporary)).toBe(false)
})

it('names what has failed and how', async () => {
  await expect(run('process.exit(3)')).rejects.toThrow(
    'Expected a script to run to its end, but its process ended with 3',
  )
  await expect(run('process.kill(process.pid, "SIGKILL")')).rejects.toThrow('ended with SIGKILL')
})
