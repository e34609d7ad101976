// Dry runs and replays on the embedded PostgreSQL: what they say, and that they leave everything as it was.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { importCommand, settingsOf } from '../src/cli/import-command.js'
import { runImport } from '../src/cli/import-run.js'
import { openServices } from '../src/cli/import-services.js'
import { LineProgress } from '../src/cli/progress.js'
import { shadowImport, shadowLines } from '../src/cli/shadow-import.js'
import { StateFolder } from '../src/cli/state-folder.js'
import { countRowsByEntity } from '../src/cli/target-tables.js'
import { integer, text } from '../src/model/column.js'
import { entity } from '../src/model/entity.js'
import { model } from '../src/model/model.js'

const owner = entity('owner', { id: 'id', columns: { id: integer(), name: text() } })
const account = entity('account', {
  id: 'id',
  columns: { id: integer(), owner: integer() },
  foreignKeys: { owner: 'owner' },
})
const bank = model([owner, account], { name: 'bank' })
const progress = new LineProgress({ write: () => undefined })

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-shadow-test-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

function settings() {
  const flags = { parallelism: 1, audit: 'exceptions', folder: join(directory, 'state') } as const
  return settingsOf(flags, { model: bank, directory, folder: new StateFolder(flags.folder) })
}

async function deliver(owners: string, accounts: string, deletes = ''): Promise<void> {
  await writeFile(join(directory, 'owner.csv'), `id,name\n${owners}`)
  await writeFile(join(directory, 'account.csv'), `id,owner\n${accounts}`)
  await writeFile(join(directory, 'account.deletes.csv'), `id\n${deletes}`)
}

async function targetNow(): Promise<{ readonly rows: unknown; readonly schemas: number }> {
  const services = await openServices(bank, new StateFolder(join(directory, 'state')), {})
  try {
    const { rows } = await services.sql.query(
      "select count(*)::text as schemas from pg_namespace where nspname like 'import_shadow%'",
    )
    return { rows: [...(await countRowsByEntity(services))], schemas: Number(rows[0]?.['schemas']) }
  } finally {
    await services.close()
  }
}

it('says what a delivery would do and leaves the target as it is; a replay of it is equal', async () => {
  expect(importCommand().options.map(({ long }) => long)).toContain('--dry-run')
  await deliver('1,Ann\n2,Bea\n', '10,1\n11,2\n12,7\n')
  await runImport(settings(), progress)
  const before = await targetNow()
  await deliver('2,Beate\n7,Eve\n', '13,2\n', '11\n')
  const dry = await shadowImport(settings(), { directory, progress })
  // Account 12 has been waiting for owner 7.
  expect(shadowLines(dry, false)).toEqual([
    'dry run: 3 rows would come, 1 change, 1 go; the target is as it was',
  ])
  expect(dry.summary).toMatchObject({ waiting: 0, foreignKeyViolations: 0 })
  expect(await targetNow()).toEqual(before)
  expect(before.schemas).toBe(0)
  expect(settings().folder.readRegister()?.deliveries).toHaveLength(1)
  await runImport(settings(), progress)
  const replay = await shadowImport(settings(), { directory: undefined, progress })
  expect(shadowLines(replay, true)).toEqual(['replay: equal (6 rows like those of the target)'])
})

it('is not misled by the tables that a killed process of the same number has left', async () => {
  await deliver('1,Ann\n', '10,1\n')
  await runImport(settings(), progress)
  const schema = `import_shadow_${process.pid}`
  const left = await openServices(bank, settings().folder, { schema })
  try {
    await left.sql.query(`insert into "${schema}"."owner" select * from "owner"`)
    await left.sql.query(`update "${schema}"."owner" set "id" = 99`)
  } finally {
    await left.close()
  }
  const replay = await shadowImport(settings(), { directory: undefined, progress })
  expect(shadowLines(replay, true)).toEqual(['replay: equal (2 rows like those of the target)'])
})
