// Imports without topics: scaled, into files, killed, stopped and woken up again. No database is needed.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { banking } from './support/command-line.js'

let root = ''
/** Little, with records that wait for each other when it is mixed. */
let bank = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'banking-direct-'))
  expect(await banking('generate', join(root, 'bank'), '--scale', '0.05', '--bad-lines')).toMatchObject({
    code: 0,
  })
  bank = join(root, 'bank/delivery-1')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe.each(['heap', 'leveldb'])('import with state in %s', (state) => {
  it('makes preconditions up for an empty directory, and says what a key of state costs', async () => {
    const directory = join(root, `made-up-${state}`)
    mkdirSync(directory)
    // A process that was killed while it made up the delivery has left this.
    mkdirSync(`${directory}.unfinished`)
    writeFileSync(join(`${directory}.unfinished`, 'customer.csv'), 'half a l')
    const { code, stdout } = await banking('import', directory, '--state', state, '--scale', '3', '--verify')
    expect(stdout).toMatch(/presence keys +31,500/)
    expect(stdout).toMatch(/peak memory +[\d.]+ MiB resident/)
    expect(stdout).toMatch(/state on disk +[\d.]+ MiB checkpoint/)
    expect(stdout).toMatch(
      /bytes per presence key +[\d.]+ (on the heap|in working files), [\d.]+ in the checkpoint/,
    )
    expect(stdout).toContain('verify: equal (31,500 rows;')
    expect(code).toBe(0)
    // The second time it is a delivery like any other.
    expect(readdirSync(directory).sort()).toEqual(['account.csv', 'customer.csv'])
    expect(existsSync(`${directory}.unfinished`)).toBe(false)
    expect((await banking('import', directory, '--scale', '1', '--verify')).stdout).toContain('10,500 rows')
  })

  it('writes copies of a delivery in random order into files, equal to plain loads', async () => {
    const folder = join(root, `files-${state}`)
    const scaled = ['--scale', '3', '--sink', 'files', '--shuffle', '4', '--parallelism', '2']
    const command = ['import', bank, '--state', state, ...scaled, '--folder', folder, '--verify']
    const { code, stdout } = await banking(...command)
    expect(stdout).toMatch(/verify: equal \([1-9][\d,]* rows/)
    expect(code).toBe(0)
    expect(readdirSync(join(folder, 'rows')).some((name) => name.startsWith('part-'))).toBe(true)
    expect(readdirSync(join(folder, 'outputs'))).toContain('berka-dead-letters')
  })

  it('brings a delivery into a database as well', async () => {
    const { code, stdout } = await banking('import', bank, '--state', state, '--shuffle', '3', '--verify')
    expect(stdout).toContain('FK violations: 0')
    expect(stdout).toMatch(/verify: equal/)
    expect(stdout).toMatch(/state backend +(heap|leveldb)/)
    expect(code).toBe(0)
  })
})

it('refuses what an import without topics cannot do, before it begins', async () => {
  for (const option of [
    ['--watch'],
    ['--db', 'postgres://x'],
    ['--gate', 'complete'],
    ['--sink', 'database'],
  ]) {
    const { code, stderr } = await banking('import', bank, '--scale', '2', ...option)
    expect(stderr).toContain(option[0])
    expect(code).toBe(1)
  }
  const { code, stderr } = await banking('import', join(root, 'nowhere'), '--sink', 'files')
  expect(stderr).toContain('STREAMCORE_CONFIG')
  expect(code).toBe(1)
})

it.each(['heap', 'leveldb'])(
  'loses and doubles nothing in files when processes are killed, state in %s',
  async (state) => {
    const { code, stdout } = await banking(
      'crash-test',
      bank,
      '--kills',
      '4',
      '--sink',
      'files',
      '--state',
      state,
    )
    expect(stdout).toMatch(
      /kills \d+ \(restoring [1-9]\d*, running [1-9]\d*, preparing [1-9]\d*, committing [1-9]\d*\)/,
    )
    expect(stdout).toContain('lost 0, doubled 0, violations 0')
    expect(code).toBe(0)
  },
)

it('fences stopped processes that wake up beside their successors', async () => {
  const { code, stdout } = await banking('zombie-test', '--rounds', '4')
  expect(stdout).toMatch(/^files: rounds \d+ \(.*\), fenced [1-9]\d*.*, lost 0, doubled 0, violations 0/m)
  expect(code).toBe(0)
})
