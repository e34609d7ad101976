// Every example runs as the README says, and prints what it promises.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../packages/streamcore/dist/node/cli/main.js', import.meta.url))
const folder = fileURLToPath(new URL('..', import.meta.url))

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'streamcore-examples-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function run(example: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, 'run', join(folder, 'src', example)],
    {
      cwd: directory,
      encoding: 'utf8',
    },
  )
  expect(status, stderr).toBe(0)
  return stdout.split('\n').slice(0, -1)
}

describe('running-count', () => {
  it('counts the events of each user, in ten lines', () => {
    cpSync(join(folder, 'events.jsonl'), join(directory, 'events.jsonl'))
    expect(run('running-count.ts')).toEqual([])
    const counts = readFileSync(join(directory, 'counts/part-00000002.txt'), 'utf8')
    expect(counts).toBe('ann 1\nbob 1\nann 2\neve 1\nann 3\nbob 2\n')
  })
})

describe('await-customer', () => {
  it('emits no account before its customer, and none whose customer never came', () => {
    const lines = run('await-customer.ts')
    expect(lines.toSorted()).toEqual([
      'account CZ11',
      'account CZ12',
      'account CZ14',
      'customer c1',
      'customer c2',
    ])
    expect(lines.indexOf('customer c1')).toBeLessThan(lines.indexOf('account CZ12'))
    expect(lines.indexOf('account CZ12')).toBeLessThan(lines.indexOf('account CZ14'))
    expect(lines.indexOf('customer c2')).toBeLessThan(lines.indexOf('account CZ11'))
  })
})

describe('remind-unpaid', () => {
  it('reminds of the orders that were paid too late or not at all', () => {
    expect(run('remind-unpaid.ts')).toEqual([
      'order B is not paid at 40 minutes',
      'order C is not paid at 65 minutes',
    ])
  })
})

describe('convert-payments', () => {
  it('converts each payment by the rate of its moment', () => {
    expect(run('convert-payments.ts')).toEqual([
      'ann: 100 USD are 90.00 EUR',
      'ann: 10 USD are 8.00 EUR',
      'bob: 50 GBP are 60.00 EUR',
      'bob: no rate for 7 CHF',
    ])
  })
})
