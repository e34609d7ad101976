// The folder of an import: register, deliveries, models.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SimulatedPartitionedLog } from 'streamcore/simulation'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTopics } from '../delivery/produce-delivery.js'
import { berka } from '../model/berka.js'
import { fingerprintOf, registerDelivery, registerRedrive } from './delivery-register.js'
import { loadModel } from './load-model.js'
import { type ImportRegister, StateFolder } from './state-folder.js'

let root: string
let folder: StateFolder
let log: SimulatedPartitionedLog

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'banking-cli-'))
})
beforeEach(async () => {
  folder = new StateFolder(mkdtempSync(join(root, 'state-')))
  log = new SimulatedPartitionedLog()
  await createTopics(log, berka, 2)
})
afterAll(() => rmSync(root, { recursive: true }))

const register: ImportRegister = {
  model: berka,
  hasBootstrap: false,
  isBootstrapDone: false,
  firstDelivery: 1,
  deliveries: [],
}

function delivery(text: string): string {
  const directory = mkdtempSync(join(root, 'delivery-'))
  writeFileSync(join(directory, 'district.asc'), text)
  return directory
}

describe('the state folder', () => {
  it('keeps the register, and has none at first', () => {
    expect(folder.readRegister()).toBeUndefined()
    folder.writeRegister(register)
    expect(new StateFolder(folder.path).readRegister()).toEqual(register)
  })

  it('refuses a folder without an import, and a register that is none', () => {
    expect(() => StateFolder.existing(folder.path)).toThrow('holds none')
    writeFileSync(join(folder.path, 'import.json'), '{}')
    expect(() => folder.readRegister()).toThrow('register of an import')
  })
})

describe('deliveries', () => {
  it('are numbered, and the same files again are the same delivery', async () => {
    const directory = delivery('one')
    const first = await registerDelivery(folder, register, { log, directory })
    const again = await registerDelivery(folder, first.register, { log, directory })
    expect([first.delivery.number, again.delivery]).toEqual([1, first.delivery])
    const second = await registerDelivery(folder, again.register, { log, directory: delivery('two') })
    expect(second.delivery.number).toBe(2)
    // Old files that come back are news.
    const third = await registerDelivery(folder, second.register, { log, directory })
    expect(third.delivery.number).toBe(3)
    expect(folder.readRegister()?.deliveries).toHaveLength(3)
  })

  it('count from above what the target held, and remember where the log ended', async () => {
    await log.append([
      { topic: 'card', partition: 1, key: undefined, value: Uint8Array.of(1), timestampMs: 0 },
    ])
    const given = { ...register, firstDelivery: 8 }
    const { delivery: made } = await registerDelivery(folder, given, { log, directory: delivery('x') })
    expect([made.number, made.startOffsets['card'], made.startOffsets['loan']]).toEqual([8, [0, 1], [0, 0]])
  })

  it('do not depend on files that belong to no type', async () => {
    const directory = delivery('same')
    const before = await fingerprintOf(berka, directory)
    writeFileSync(join(directory, 'README'), 'hello')
    expect(await fingerprintOf(berka, directory)).toBe(before)
  })

  it('of dead letters are the same after a crash', async () => {
    folder.writeRegister(register)
    const range = { log, model: berka, from: 0, to: 5 }
    const first = await registerRedrive(folder, range)
    expect((await registerRedrive(folder, range)).delivery).toEqual(first.delivery)
    expect((await registerRedrive(folder, { ...range, to: 6 })).delivery.number).toBe(2)
  })
})

describe('models', () => {
  it('come from JSON and from JavaScript, and from Berka when none is named', async () => {
    const json = join(root, 'model.json')
    writeFileSync(json, JSON.stringify(berka))
    const script = join(root, 'model.mjs')
    writeFileSync(script, `export const mine = ${JSON.stringify(berka)}`)
    expect(await loadModel(undefined)).toBe(berka)
    expect(await loadModel(json)).toEqual(berka)
    expect(await loadModel(script)).toEqual(berka)
  })

  it('that cannot be used are refused with their path', async () => {
    const empty = join(root, 'empty.mjs')
    writeFileSync(empty, 'export const one = 1')
    const broken = join(root, 'broken.json')
    writeFileSync(broken, '{')
    await expect(loadModel(join(root, 'absent.ts'))).rejects.toThrow('absent.ts')
    await expect(loadModel(empty)).rejects.toThrow('to export `model`')
    await expect(loadModel(broken)).rejects.toThrow('broken.json')
  })
})
