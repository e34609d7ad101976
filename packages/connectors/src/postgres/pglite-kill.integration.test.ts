// PGlite in a directory under SIGKILL: rows and marker of a commit stay together, and a second process is refused.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleProgram } from '../test/bundle-program.js'
import { kill, startProcess } from '../test/talking-process.js'
import { pglite } from './client/pglite-client.js'
import { openSqlDatabase } from './sql-connection.js'

let program: string
let directory: string

beforeAll(async () => {
  program = await bundleProgram(new URL('../test/pglite-writer.ts', import.meta.url))
  directory = await mkdtemp(join(tmpdir(), 'streamcore-pglite-kill-'))
})
afterAll(async () => {
  await rm(dirname(program), { recursive: true })
  await rm(directory, { recursive: true })
})

describe('PGlite in a directory', () => {
  it('keeps every acknowledged commit, each whole with its marker, over kills at any moment', async () => {
    for (let epoch = 1; epoch <= 4; epoch++) {
      const writer = await startProcess([program, directory, String(epoch)], epoch * 5)
      const second = openSqlDatabase(pglite(directory))
      await expect(second).rejects.toThrow(`process ${writer.process.pid} has it open`)
      await kill(writer)
      const acknowledged = Number(writer.lines.at(-1))
      const database = await openSqlDatabase(pglite(directory))
      const { rows } = await database.query(
        'select (select checkpoint_id from streamcore_markers)::text as committed, count(*)::text as count, max(version)::text as newest from entry',
      )
      await database.close()
      const committed = Number(rows[0]?.['committed'])
      expect(committed).toBeGreaterThanOrEqual(acknowledged)
      expect(committed).toBeLessThanOrEqual(acknowledged + 1)
      expect(rows).toEqual([
        { committed: String(committed), count: String(committed * 20), newest: String(committed) },
      ])
    }
  })
})
