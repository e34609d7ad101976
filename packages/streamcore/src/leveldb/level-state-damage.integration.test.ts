// The working files of a running job are damaged behind its back: it goes on from its checkpoint, and never with a wrong value.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const dist = fileURLToPath(new URL('../../dist/', import.meta.url))
const root = await mkdtemp(join(tmpdir(), 'streamcore-level-state-damage-'))
afterAll(() => rm(root, { recursive: true }))

const keys = 6_000
const rounds = 3
const startsMax = 5

/**
 * Counts per key beside a text so long that LevelDB writes tables, and damages each table once in the last round. It is a process
 * of its own, because LevelDB itself ends the process over some damage.
 */
const job = `
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { defineJob, fixedDelay, valueState } from ${JSON.stringify(join(dist, 'index.js'))}
import { execute } from ${JSON.stringify(join(dist, 'node/index.js'))}
import { levelStateBackend } from ${JSON.stringify(join(dist, 'leveldb/index.js'))}
import { MemoryTarget } from ${JSON.stringify(join(dist, 'testing/index.js'))}
const [kind, directory] = process.argv.slice(2)
const [work, done] = [join(directory, 'work'), join(directory, 'damaged')]
const marker = 'all is well; '
const text = marker.repeat(330)
const changes = {
  flips: (bytes, write) => {
    for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 2_000)) write(Buffer.of(bytes[at] ^ 1), at)
  },
  zeros: (bytes, write) => write(Buffer.alloc(bytes.length), 0),
}
function damageOnce() {
  if (existsSync(done)) return
  const tables = readdirSync(work, { recursive: true }).map((name) => join(work, String(name))).filter((path) => path.endsWith('.ldb'))
  if (tables.length === 0) return
  writeFileSync(done, String(tables.length))
  for (const path of tables) {
    const file = openSync(path, 'r+')
    changes[kind](readFileSync(path), (bytes, at) => writeSync(file, bytes, 0, bytes.length, at))
    closeSync(file)
  }
}
const numbers = Array.from({ length: ${rounds * keys} }, (_, index) => index)
const counting = defineJob({ name: 'damaged' }, (env) => {
  env
    .fromCollection(numbers)
    .keyBy((value) => value % ${keys})
    .process({
      uid: 'count',
      state: { seen: valueState('seen') },
      *processElement(value, { state }) {
        if (value >= ${(rounds - 1) * keys}) damageOnce()
        const before = state.seen.value()
        const isWrong = before !== undefined && (before.isWrong || before.text !== text)
        state.seen.update({ count: (before?.count ?? 0) + 1, isWrong, text })
        yield value
      },
    })
    .sinkTo(new MemoryTarget().sink(), { uid: 'out' })
})
const running = await execute(counting, undefined, {
  stateBackend: levelStateBackend({ directory: work, cacheBytes: 0 }),
  state: join(directory, 'checkpoints'),
  restart: fixedDelay(3, 1),
  // Rows that are gone are missed by the next full snapshot.
  checkpoint: { intervalMs: 20, incremental: kind === 'flips' },
})
const { restarts } = await running.result
console.log(JSON.stringify({ restarts }))
`

/** Starts the job until one process of it ends well; gives how often it had to start again, in a process or as a new one. */
function runToTheEnd(script: string, kind: string, directory: string): number {
  for (let starts = 0; starts < startsMax; starts++) {
    const { status, stdout } = spawnSync(process.execPath, [script, kind, directory], { encoding: 'utf8' })
    if (status !== 0) continue
    const { restarts } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    return starts + restarts
  }
  throw new Error(`The job did not come to its end in ${startsMax} starts`)
}

/** Every value of the counting operator as a line of JSON. */
function exportedState(directory: string): readonly string[] {
  const cli = join(dist, 'node/cli/main.js')
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [cli, 'state', 'export', join(directory, 'checkpoints/damaged'), '--uid', 'count'],
    { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  )
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line.startsWith('{"kind":"state"'))
}

describe('tables of the working state', () => {
  it.each(['flips', 'zeros'])('damaged by %s make the job start again from its checkpoint', async (kind) => {
    const directory = join(root, kind)
    const script = join(root, `${kind}.mjs`)
    await writeFile(script, job)
    const startsAgain = runToTheEnd(script, kind, directory)
    expect(startsAgain).toBeGreaterThan(0)
    const entries = exportedState(directory)
    expect(entries).toHaveLength(keys)
    for (const entry of entries) expect(entry).toContain(`"count":${rounds},"isWrong":false`)
  })
})
