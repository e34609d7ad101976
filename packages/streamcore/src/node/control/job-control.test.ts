// The control socket of a running job, asked directly and by the commands of the program.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobHandle } from '../../runtime/job-runner.js'
import { countingJob, hasRead, rowsOf, total } from '../../runtime/test/counting-job.js'
import { MemoryTarget } from '../../testing/memory-target.js'
import { RecordingLogger } from '../../testing/recording-logger.js'
import { execute } from '../execute.js'
import { askJob } from './ask-job.js'

const program = fileURLToPath(new URL('../../../dist/node/cli/main.js', import.meta.url))
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

let directory: string
const jobs: JobHandle[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamcore-control-'))
})
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.cancel().catch(() => {})
  await rm(directory, { recursive: true })
})

interface RunningJob {
  readonly job: JobHandle
  readonly gate: { limit: number }
  readonly target: MemoryTarget<string>
  readonly folder: string
}

/** A job that has read a hundred numbers and waits for more. */
async function running(state = join(directory, 'state')): Promise<RunningJob> {
  const gate = { limit: 100 }
  const target = new MemoryTarget<string>()
  const options = { state, logger: new RecordingLogger() }
  const job = await execute(countingJob(gate, target.sink()), {}, options)
  jobs.push(job)
  await hasRead(job, 100, turn)
  const folder = join(state, 'count')
  while ((await askJob(folder, { command: 'status' })) === undefined) await turn()
  return { job, gate, target, folder }
}

/** Runs the program to its end. */
function streamcore(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: directory }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

describe('the control socket', () => {
  it('is there for its user alone while the job runs, and gone afterwards', async () => {
    const { job, folder } = await running()
    expect((await stat(join(folder, 'control.sock'))).mode & 0o777).toBe(0o600)
    expect(await askJob(folder, { command: 'status' })).toMatchObject({ jobId: 'count', isRunning: true })
    await job.stop()
    await job.result
    expect((await readdir(folder)).filter((name) => name.startsWith('control'))).toEqual([])
    expect(await askJob(folder, { command: 'status' })).toBeUndefined()
  })

  it('is elsewhere when the path is too long for a socket, and the folder tells where', async () => {
    const state = join(directory, 'a-long-folder-name'.repeat(6))
    await mkdir(state)
    const { job, folder } = await running(state)
    const path = await readFile(join(folder, 'control.path'), 'utf8')
    expect(path.length).toBeLessThan(100)
    expect(await askJob(folder, { command: 'status' })).toMatchObject({ jobId: 'count' })
    await job.stop()
    await job.result
    expect(await readdir(folder)).not.toContain('control.path')
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('replaces what a killed process left, and leaves the socket of a successor alone', async () => {
    const folder = join(directory, 'state/count')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'control.sock'), 'left over')
    const { job } = await running()
    expect(await askJob(folder, { command: 'status' })).toMatchObject({ isRunning: true })
    await rm(join(folder, 'control.sock'))
    await writeFile(join(folder, 'control.sock'), 'of a successor')
    await job.stop()
    await job.result
    expect(await readFile(join(folder, 'control.sock'), 'utf8')).toBe('of a successor')
  })

  it.each([
    ['no JSON', '{'],
    ['no request', '{"command":"format","directory":"/"}'],
    ['fields of another type', '{"command":"rescale","parallelism":"2"}'],
  ])('answers %s with what it expected', async (_, line) => {
    const { folder } = await running()
    const socket = connect(join(folder, 'control.sock'))
    socket.write(`${line}\n`)
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (chunk) => resolve(String(chunk))),
    )
    expect(JSON.parse(answer)).toMatchObject({ ok: false, code: 'STREAMCORE_CONFIG' })
    socket.destroy()
  })

  it('hangs up on whoever asks for too much at once', async () => {
    const { folder } = await running()
    const socket = connect(join(folder, 'control.sock'))
    socket.on('error', () => {})
    socket.resume()
    socket.write('{"command":"status"}\n'.repeat(1_000))
    await new Promise((resolve) => socket.once('close', resolve))
    expect(await askJob(folder, { command: 'status' })).toMatchObject({ isRunning: true })
  })

  it('hangs up on a line without an end', async () => {
    const { folder } = await running()
    const socket = connect(join(folder, 'control.sock'))
    socket.on('error', () => {})
    socket.write('x'.repeat(100_000))
    await new Promise((resolve) => socket.once('close', resolve))
    expect(await askJob(folder, { command: 'status' })).toMatchObject({ isRunning: true })
  })
})

describe('commands to a running job', () => {
  it('take a savepoint, read a key, rescale, and stop it', async () => {
    const { job, gate, target, folder } = await running()
    const taken = await streamcore('savepoint', folder, 'first')
    expect(taken).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/checkpoint \d+ \(taken now\) in first/),
    })
    expect(target.committed).toHaveLength(100)
    expect(await streamcore('state', 'get', folder, 'count', '7')).toMatchObject({
      code: 0,
      stdout: 'key 7 in the running job\n  count: 10\n',
    })
    expect(await streamcore('state', 'get', 'first', 'count', '7')).toMatchObject({ code: 0 })
    expect(await streamcore('rescale', '3', folder)).toMatchObject({ code: 0 })
    gate.limit = 200
    await hasRead(job, 200, turn)
    expect(await streamcore('stop', folder)).toMatchObject({ code: 0, stdout: 'job stopped\n' })
    expect(await job.result).toMatchObject({ status: 'stopped' })
    expect([...target.committed].sort()).toEqual(rowsOf(0, 200))
  })

  it('drain it, so that all it has read is committed as its end', async () => {
    const { job, folder } = await running()
    expect(await streamcore('stop', '--drain', folder)).toMatchObject({ code: 0, stdout: 'job finished\n' })
    expect(await job.result).toMatchObject({ status: 'finished' })
  })

  it('say why they were refused', async () => {
    const { job, folder, target } = await running()
    await mkdir(join(directory, 'full'))
    await writeFile(join(directory, 'full/notes'), '')
    const full = await streamcore('savepoint', folder, 'full')
    expect(full).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/to be missing or empty, but .*full holds 'notes'/),
    })
    expect((await streamcore('state', 'get', folder, 'cuont', '7')).stderr).toMatch(
      /operator with state .*\(count\), got 'cuont'/,
    )
    expect(await streamcore('state', 'get', folder, 'count', '77')).toMatchObject({ code: 1 })
    expect((await streamcore('rescale', 'many', folder)).stderr).toMatch(/<count> to be an integer/)
    await job.stop()
    expect(target.committed).toHaveLength(100)
  })

  it('copy the newest checkpoint of a job that does not run, and stop none', async () => {
    const { job, folder, target, gate } = await running()
    await job.stop()
    await job.result
    const copied = await streamcore('savepoint', folder, 'later')
    expect(copied).toMatchObject({ code: 0, stdout: expect.stringMatching(/the job does not run/) })
    expect((await streamcore('stop', folder)).stderr).toMatch(/Expected a running job with the state folder/)
    gate.limit = total
    const options = {
      from: join(directory, 'later'),
      state: join(directory, 'new'),
      logger: new RecordingLogger(),
    }
    await (await execute(countingJob(gate, target.sink()), {}, options)).result
    expect([...target.committed].sort()).toEqual(rowsOf(0, total))
  })
})
