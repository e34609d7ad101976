// The command line on generated deliveries and on Berka, into the embedded PostgreSQL and into a real one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlDatabase, postgres } from '@streamcore/connectors/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entity, integer, model as ownModel, text } from '../src/index.js'
import { banking, startCommand } from './support/command-line.js'

const { POSTGRES_URL: url, POSTGRES_CA_FILE: caFile, STREAMCORE_DATA: data } = process.env
const noPostgres = 'POSTGRES_URL is not set; start a PostgreSQL and set it to its URL'

let root: string
let deliveries: string
let model: string
/** The files of Berka, or generated ones of their size where nobody has them. */
let bank: string
const schemas: string[] = []

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'banking-command-line-'))
  deliveries = join(root, 'generated')
  model = join(deliveries, 'model.json')
  const trouble = ['--deliveries', '3', '--bad-lines', '--orphans']
  const generated = await banking('generate', deliveries, '--scale', '0.1', '--seed', '5', ...trouble)
  expect(generated).toMatchObject({ code: 0, stderr: '' })
  bank = data === undefined ? join(root, 'bank/delivery-1') : join(data, 'banking/berka')
  if (data === undefined) expect(await banking('generate', join(root, 'bank'))).toMatchObject({ code: 0 })
})
afterAll(async () => {
  rmSync(root, { recursive: true, force: true })
  if (url === undefined) return
  const tls = caFile === undefined ? {} : { tls: { ca: readFileSync(caFile, 'utf8') } }
  const admin = await openSqlDatabase(postgres(url, tls))
  for (const schema of schemas) await admin.query(`drop schema if exists ${schema} cascade`)
  await admin.close()
})

/** Options of a target that nobody else uses. */
function freshTarget(): readonly string[] {
  const schema = `banking_test_${process.pid}_${schemas.length}`
  schemas.push(schema)
  return [...realTarget(), '--schema', schema]
}

function realTarget(): readonly string[] {
  return ['--db', url ?? '', ...(caFile === undefined ? [] : ['--db-ca', caFile])]
}

const targets = [
  { name: 'the embedded PostgreSQL', isReal: false },
  { name: 'PostgreSQL', isReal: true },
] as const

describe.each(targets)('import into $name', ({ isReal }) => {
  it.for([1, 2])('brings a bank in random order, at parallelism %i', async (parallelism, { skip }) => {
    if (isReal && url === undefined) skip(noPostgres)
    const options = ['--verify', '--shuffle', '7', '--parallelism', String(parallelism)]
    const { code, stdout } = await banking('import', bank, ...options, ...(isReal ? freshTarget() : []))
    expect(stdout).toContain('FK violations: 0')
    expect(stdout).toMatch(/verify: equal \([1-9][\d,]* rows/)
    expect(code).toBe(0)
  })

  it('brings deliveries with updates, deletes, bad lines, orphans and late parents', async ({ skip }) => {
    if (isReal && url === undefined) skip(noPostgres)
    const state = mkdtempSync(join(root, 'state-'))
    const common = ['--model', model, '--folder', state, '--verify', ...(isReal ? freshTarget() : [])]
    for (const [index, parallelism] of ['1', '2', '3'].entries()) {
      const directory = join(deliveries, `delivery-${index + 1}`)
      const options = ['--shuffle', String(index), '--parallelism', parallelism]
      const { code, stdout } = await banking('import', directory, ...options, ...common)
      expect(stdout).toContain('FK violations: 0')
      expect(stdout).toContain('verify: equal')
      expect(code).toBe(0)
    }
    const letters = await banking('dead-letters', '--folder', state, '--json')
    expect(letters.stdout.trim().split('\n').map(reasonOf)).toContainEqual(expect.stringContaining('got'))
    const waiting = await banking('why', '--folder', state)
    const [, entity = '', id = ''] = /^(\w+):(\S+) waits for/m.exec(waiting.stdout) ?? []
    const why = await banking('why', entity, id, '--folder', state)
    expect(why.stdout).toMatch(/(it has never come|it was deleted)[^]*could go on/)
  })
})

function reasonOf(line: string): string {
  const letter: unknown = JSON.parse(line)
  return typeof letter === 'object' && letter !== null && 'reason' in letter ? String(letter.reason) : ''
}

describe('a target that holds rows', () => {
  it('is refused by a new state, and read first with --bootstrap', async ({ skip }) => {
    if (url === undefined) skip(noPostgres)
    const target = freshTarget()
    const full = join(deliveries, 'delivery-1')
    const partial = join(deliveries, 'delivery-2')
    expect(await banking('import', full, '--model', model, ...target)).toMatchObject({ code: 0 })
    const refused = await banking('import', partial, '--model', model, ...target)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--bootstrap')])
    const state = mkdtempSync(join(root, 'state-'))
    const options = ['--model', model, '--bootstrap', '--verify', '--folder', state, '--parallelism', '2']
    const brought = await banking('import', partial, ...options, ...target)
    expect(brought.stdout).toContain('verify: equal')
    expect(brought.stdout).toContain('FK violations: 0')
    expect(brought.code).toBe(0)
    const next = await banking('import', join(deliveries, 'delivery-3'), ...options, ...target)
    expect([next.code, next.stdout]).toEqual([0, expect.stringContaining('verify: equal')])
  })
})

describe('an import', () => {
  it('ends with an error when it is not what it should be', async () => {
    const absent = await banking('import', join(root, 'nowhere'))
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining('nowhere')])
    const unknown = await banking('imprt', 'x')
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("unknown command 'imprt'")])
    const option = await banking('import', root, '--parallelism', 'many')
    expect([option.code, option.stderr]).toEqual([1, expect.stringContaining('whole number')])
  })

  it('that is run again with the same files changes nothing', async () => {
    const state = mkdtempSync(join(root, 'state-'))
    const command = [
      'import',
      join(deliveries, 'delivery-1'),
      '--model',
      model,
      '--folder',
      state,
      '--verify',
    ]
    expect(await banking(...command)).toMatchObject({ code: 0 })
    const again = await banking(...command)
    expect(again.stdout).toContain('delivery 1, which was in the log already')
    expect(again.stdout).toMatch(/^records in +0 /m)
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('verify: equal')])
  })

  it('takes back dead letters whose cause has gone', async () => {
    const state = mkdtempSync(join(root, 'state-'))
    const directory = join(deliveries, 'delivery-1')
    expect(await banking('import', directory, '--model', model, '--folder', state)).toMatchObject({ code: 0 })
    const before = await banking('dead-letters', '--folder', state, '--count')
    expect(before.stdout).toContain('no spreadsheet runs as a formula')
    const generous = join(root, 'generous.json')
    const text = readFileSync(model, 'utf8').replaceAll(
      '"type": "text"',
      '"type": "text", "allowFormulas": true',
    )
    writeFileSync(generous, text)
    const redriven = await banking('redrive', '--folder', state, '--model', generous)
    expect(redriven.stdout).toMatch(/^redriven [1-9]\d* of/)
    expect(redriven.stdout).toMatch(/^applied +[1-9]/m)
    expect(redriven.stdout).not.toContain('no spreadsheet runs as a formula')
    expect(redriven.code).toBe(0)
  })

  it('that watches its directory imports what changes there, until it is interrupted', async () => {
    const directory = mkdtempSync(join(root, 'inbox-'))
    const line = (id: number) => `"A1";"A2"\r\n${id};"x"\r\n`
    const own = join(root, 'own.json')
    const district = entity('district', {
      file: 'district.asc',
      delimiter: ';',
      id: 'A1',
      columns: { A1: integer(), A2: text() },
    })
    writeFileSync(own, JSON.stringify(ownModel([district], { name: 'own' })))
    const running = startCommand(['import', directory, '--model', own, '--watch', '--verify'])
    await running.says('watching')
    writeFileSync(join(directory, 'district.asc'), line(1))
    await running.says('1 records in')
    writeFileSync(join(directory, 'district.asc'), line(2))
    await running.says('2 records in')
    running.interrupt()
    const { code, stdout } = await running.ended
    expect(stdout).toContain('verify: equal (2 rows')
    expect(code).toBe(0)
  })
})

describe.each(targets)('crash-test on $name', ({ isReal }) => {
  it('kills an import in every phase without anybody noticing', { timeout: 300_000 }, async ({ skip }) => {
    if (isReal && url === undefined) skip(noPostgres)
    const options = ['--kills', isReal ? '10' : '5', '--seed', '6', ...(isReal ? realTarget() : [])]
    const { code, stdout, stderr } = await banking('crash-test', bank, ...options)
    expect(`${stdout}${stderr}`).toMatch(/lost 0, doubled 0, violations 0/)
    expect(code).toBe(0)
  })
})

describe('simulate', () => {
  it.each(['banking', 'engine'])('%s runs seeds on several processes, and one again', async (name) => {
    const many = await startCommand([name, '--seeds', '6', '--workers', '2'], 'simulate/main').ended
    expect([many.code, many.stdout]).toEqual([0, expect.stringMatching(/seeds 6 from 1[^]*violations 0\n$/)])
    const one = await startCommand([name, '--replay', '2'], 'simulate/main').ended
    expect([one.code, one.stdout]).toEqual([0, expect.stringMatching(/process 1 starts[^]*violations 0\n$/)])
  })
})
