// Reading and producing deliveries: what banks really send, good and bad.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogRecord, SeededRandom } from 'streamcore'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { completeDeliveries } from '../src/delivery/delivery-mark.js'
import { produceDelivery } from '../src/delivery/produce-delivery.js'
import { readDelivery, type ReadDeliveryOptions, strangeFiles } from '../src/delivery/read-delivery.js'
import { shuffle } from '../src/delivery/shuffle.js'
import { decodeTopicRecord, encodeTopicRecord } from '../src/delivery/topic-record.js'
import { date, decimal, integer, text } from '../src/model/column.js'
import { entity } from '../src/model/entity.js'
import { model } from '../src/model/model.js'
import { modelGraph, nodeOf } from '../src/model/model-graph.js'
import { services } from './support/simulated-services.js'

const account = entity('account', {
  id: 'id',
  delimiter: ';',
  columns: { id: integer(), opened: date('YYMMDD'), note: text({ nullable: true }) },
})
const booking = entity('booking', {
  id: 'id',
  delimiter: ';',
  sequence: 'seq',
  allowsPartial: true,
  foreignKeys: { account: 'account' },
  columns: { id: integer(), seq: integer(), account: integer(), amount: decimal() },
})
const bank = model([account, booking], { name: 'bank' })

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'banking-delivery-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

async function write(name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(directory, name), content)
}

/** The items of the delivery as texts: `booking 1@3 upsert {…}` or `rejected account.csv:4 reason`. */
async function read(options: Partial<ReadDeliveryOptions> = {}): Promise<readonly string[]> {
  const { context } = await services(bank)
  const lines: string[] = []
  for await (const item of readDelivery({ model: bank, directory, delivery: 1, context, ...options })) {
    if (item.kind === 'rejected') lines.push(`rejected ${item.line.place} ${item.line.reason}`)
    else {
      const { op, version, place, cells, isPartial } = item.record
      lines.push(
        `${item.entity.name} ${item.id}@${version} ${op}${isPartial ? ' partial' : ''} ${JSON.stringify(cells)} ${place}`,
      )
    }
  }
  return lines
}

describe('reading a delivery', () => {
  it('gives each line its entity, id, version and place; without a sequence the delivery is the version', async () => {
    await write('account.csv', 'id;opened;note\r\n1;930101;"a;b"\r\n2;930102;\r\n')
    await write('booking.csv', 'seq;id;account;amount\n5;10;1;3.50\n')
    await write('account.deletes.csv', 'id\n3\n')
    expect(await read({ delivery: 4 })).toEqual([
      'account 1@4 upsert {"id":"1","opened":"930101","note":"a;b"} account.csv:2',
      'account 2@4 upsert {"id":"2","opened":"930102","note":""} account.csv:3',
      'account 3@4 delete {"id":"3"} account.deletes.csv:2',
      'booking 10@5 upsert {"seq":"5","id":"10","account":"1","amount":"3.50"} booking.csv:2',
    ])
  })

  it('takes version and operation from columns of these names', async () => {
    await write(
      'account.csv',
      'id;opened;note;version;op\n1;930101;;7;\n1;930101;;8;delete\n2;930101;;0;\n3;930101;;1;destroy\n',
    )
    expect(await read({ isPartial: true })).toEqual([
      'account 1@7 upsert {"id":"1","opened":"930101","note":""} account.csv:2',
      'account 1@8 delete {"id":"1","opened":"930101","note":""} account.csv:3',
      "rejected account.csv:4 column 'version': expected a whole number above 0, got '0'",
      "rejected account.csv:5 column 'op': expected upsert or delete, got 'destroy'",
    ])
  })

  it('marks records of files with fewer columns as partial where the model allows it', async () => {
    await write('booking.csv', 'id;seq;amount\n10;6;4.00\n')
    expect(await read({ isPartial: true })).toEqual([
      'booking 10@6 upsert partial {"id":"10","seq":"6","amount":"4.00"} booking.csv:2',
    ])
  })

  it('reports a file that is not there, unless the delivery is partial', async () => {
    await write('account.csv', 'id;opened;note\n')
    expect(await read()).toEqual([
      expect.stringContaining("rejected booking.csv expected the file 'booking.csv'"),
    ])
    expect(await read({ isPartial: true })).toEqual([])
  })

  it('fails before the first record when there is nothing of the model at all', async () => {
    await write('else.csv', 'x\n')
    await expect(read()).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
    const { context } = await services(bank)
    expect(await strangeFiles({ model: bank, directory, context })).toEqual(['else.csv'])
  })

  it('rejects the same id with an equal sequence, and a sequence that goes backwards', async () => {
    await write('booking.csv', 'id;seq;account;amount\n1;5;1;1\n1;5;1;2\n1;4;1;3\n1;6;1;4\n')
    expect((await read({ isPartial: true })).filter((line) => line.startsWith('rejected'))).toEqual([
      'rejected booking.csv:3 id 1: version 5 is there twice',
      'rejected booking.csv:4 id 1: version 4 comes after version 5',
    ])
  })

  it('leaves out columns nobody knows and files that lack one they need', async () => {
    await write('account.csv', 'id;note;surprise\n1;x;y\n2;x;y\n')
    expect(await read({ isPartial: true })).toEqual([
      "rejected account.csv:1 unknown column 'surprise'",
      "rejected account.csv:1 missing column 'opened': the file is left out",
    ])
  })

  it('rejects broken lines and goes on: quotes, columns, bytes, size, a header that reaches into prototypes', async () => {
    const bytes = new TextEncoder().encode(
      'id;opened;note\n1;930101;ok\n2;930101\n3;930101;a "b" c\n4;930101;?\n5;930101;LONG\n6;930101;ok\n',
    )
    bytes[bytes.indexOf('?'.charCodeAt(0))] = 0xff
    await write('account.csv', replaced(bytes, 'LONG', 'x'.repeat(3_000)))
    await write('booking.csv', '__proto__;id\n1;2\n')
    const lines = await read({ maxRecordBytes: 1_000 })
    const rejected = lines
      .filter((line) => line.startsWith('rejected'))
      .map((line) => line.split(' ')[1] ?? '')
    expect(rejected.toSorted()).toEqual([
      'account.csv:3',
      'account.csv:4',
      'account.csv:5',
      'account.csv:6',
      'booking.csv:1',
    ])
    expect(lines.filter((line) => line.startsWith('account'))).toHaveLength(2)
  })
})

function replaced(bytes: Uint8Array, word: string, by: string): Uint8Array {
  const at = new TextDecoder('latin1').decode(bytes).indexOf(word)
  return Uint8Array.from([
    ...bytes.subarray(0, at),
    ...new TextEncoder().encode(by),
    ...bytes.subarray(at + word.length),
  ])
}

describe('producing a delivery', () => {
  it('keeps the versions of an id in order in one partition, whatever is mixed, and does it once', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => `${index % 30};${Math.floor(index / 30) + 1};1;1`)
    await write('booking.csv', `id;seq;account;amount\n${lines.join('\n')}\n`)
    const { log, context } = await services(bank, 4)
    const options = {
      model: bank,
      directory,
      delivery: 1,
      isPartial: true,
      context,
      log,
      random: new SeededRandom(3),
    }
    const report = await produceDelivery({ ...options, batchSize: 7 })
    expect(report).toEqual({
      delivery: 1,
      records: { account: 0, booking: 300 },
      rejected: 0,
      wasComplete: false,
    })
    const seen = new Map<string, number>()
    const order: string[] = []
    for (let partition = 0; partition < 4; partition += 1) {
      for (const { value } of await log.read('booking', partition, { fromOffset: 0, maxRecords: 1_000 })) {
        const { cells } = JSON.parse(new TextDecoder().decode(value))
        expect(Number(cells.seq)).toBe((seen.get(cells.id) ?? 0) + 1)
        seen.set(cells.id, Number(cells.seq))
        order.push(cells.id)
      }
    }
    expect([...seen.values()]).toEqual(Array.from({ length: 30 }, () => 10))
    expect(order.slice(0, 10)).not.toEqual(order.slice(0, 10).toSorted())
    expect(await produceDelivery(options)).toEqual({ ...report, wasComplete: true })
    expect(await completeDeliveries(log, bank)).toEqual([
      { delivery: 1, records: report.records, rejected: 0 },
    ])
  })

  it('mixes with a window: nothing is lost, equal keys keep their order', async () => {
    async function* numbers() {
      for (let index = 0; index < 1_000; index += 1) yield index
    }
    const mixed: number[] = []
    for await (const each of shuffle(numbers(), {
      random: new SeededRandom(1),
      windowSize: 50,
      keyOf: (each) => String(each % 10),
    }))
      mixed.push(each)
    expect(mixed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
    expect(mixed).not.toEqual(mixed.toSorted((a, b) => a - b))
    for (let key = 0; key < 10; key += 1) {
      const own = mixed.filter((each) => each % 10 === key)
      expect(own).toEqual(own.toSorted((a, b) => a - b))
    }
  })
})

describe('a record in a topic', () => {
  const node = nodeOf(modelGraph(bank), 'account')
  const place = { topic: 'account', partition: 1, offset: 5 }
  const stored = (value: string | Uint8Array | undefined): LogRecord => ({
    offset: 5,
    key: undefined,
    value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
    timestampMs: 0,
  })

  it('is checked against the model, with its place in the delivery', () => {
    const value = encodeTopicRecord({
      version: 2,
      place: 'account.csv:9',
      cells: { id: '1', opened: '930101', note: '' },
    })
    expect(decodeTopicRecord(node, stored(value), place)).toMatchObject({
      key: 'account:1',
      version: 2,
      place: 'account.csv:9',
      row: { note: null },
    })
    const bad = encodeTopicRecord({ version: 2, place: 'account.csv:9', cells: { id: '1', opened: '13' } })
    expect(() => decodeTopicRecord(node, stored(bad), place)).toThrow(
      "account.csv:9: column 'opened': expected a date as YYMMDD, got '13'",
    )
  })

  it('carries a rejected line to the dead letters', () => {
    const value = encodeTopicRecord({
      rejected: { place: 'account.csv:3', reason: 'unknown column', raw: 'x' },
    })
    expect(() => decodeTopicRecord(node, stored(value), place)).toThrow('account.csv:3: unknown column')
  })

  it.each([
    ['no JSON', 'nonsense', 'Expected JSON in UTF-8'],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'Expected JSON in UTF-8'],
    ['no value', undefined, 'got no value'],
    ['no object', '[]', 'Expected a JSON object with `cells`'],
    ['an unknown operation', '{"op":"destroy","cells":{}}', 'Expected a JSON object with `cells`'],
    ['more than a megabyte', `"${'x'.repeat(1_100_000)}"`, 'at most 1048576 bytes'],
  ])('%s is refused', (_, value, message) => {
    expect(() => decodeTopicRecord(node, stored(value), place)).toThrow(message)
  })
})
