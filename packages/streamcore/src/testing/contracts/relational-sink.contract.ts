/** What every relational target must do: run on PostgreSQL, PGlite and the simulated twin. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type {
  RelationalSink,
  Row,
  RowChange,
  TableDescription,
} from '../../contracts/ports/relational-sink.js'
import { rejectedTable } from '../../contracts/rejected-table.js'
import type { CommitMarker } from '../../contracts/sink.js'

/** A target under test that has the tables of the suite, empty. */
export interface RelationalSinkFixture {
  readonly sink: RelationalSink
  /** Closes the target and opens it again over the same data. */
  reopen(): Promise<RelationalSink>
  cleanUp(): Promise<void>
}

/** Regions: their names are unique and never null. */
export const regionTable: TableDescription = {
  table: 'region',
  columns: ['id', 'name', 'version'],
  primaryKey: ['id'],
  versionColumn: 'version',
  foreignKeys: [],
}

/** Clients live in a region, or nowhere. */
export const clientTable: TableDescription = {
  table: 'client',
  columns: ['id', 'region_id', 'balance', 'born', 'is_active', 'version'],
  primaryKey: ['id'],
  versionColumn: 'version',
  foreignKeys: [{ columns: ['region_id'], table: 'region', referencedColumns: ['id'] }],
}

/** Orders have a composite key, a client, and perhaps an order before them; their amount is not negative. */
export const orderTable: TableDescription = {
  table: 'order',
  columns: ['shop', 'number', 'client_id', 'after_shop', 'after_number', 'amount', 'version'],
  primaryKey: ['shop', 'number'],
  versionColumn: 'version',
  foreignKeys: [
    { columns: ['client_id'], table: 'client', referencedColumns: ['id'] },
    { columns: ['after_shop', 'after_number'], table: 'order', referencedColumns: ['shop', 'number'] },
  ],
}

/** The statements that make the suite's tables in PostgreSQL. A word of SQL as a name shows that names are quoted. */
export const relationalContractDdl: readonly string[] = [
  'create table region (id integer primary key, name text not null unique, version bigint not null)',
  `create table client (id text primary key, region_id integer references region, balance numeric(12, 2), born date,
     is_active boolean, version bigint not null)`,
  `create table "order" (shop text, number bigint, client_id text references client, after_shop text,
     after_number bigint, amount integer check (amount >= 0), version bigint not null, primary key (shop, number),
     foreign key (after_shop, after_number) references "order")`,
]

const tables = [regionTable, clientTable, orderTable]
const id = { jobId: 'job', sinkUid: 'ledger' }

/** Declares the suite; `open` makes a fresh target for each test. */
export function describeRelationalSink(name: string, open: () => Promise<RelationalSinkFixture>): void {
  describe(`${name} as a relational sink`, () => {
    let fixture: RelationalSinkFixture
    let sink: RelationalSink

    beforeEach(async () => {
      fixture = await open()
      sink = fixture.sink
      await sink.prepare(tables)
      await sink.claim(id, 1)
    })
    afterEach(() => fixture.cleanUp())

    describe('preparation', () => describePreparation(() => sink))
    describe('rows', () => describeRows(() => sink))
    describe('versions', () => describeVersions(() => sink))
    describe('rejected changes', () => describeRejections(() => sink))
    describe('markers', () => describeMarkers(() => sink))

    it('keeps rows, rejected changes and the fence when it is opened again', async () => {
      await sink.apply(markerOf(1), [region(1, 'north'), client('a', 9)])
      sink = await fixture.reopen()
      await sink.prepare(tables)
      expect(await sink.claim(id, 2)).toMatchObject({ ...id, checkpointId: 1, madeBy: 1 })
      expect(await allRows(sink, regionTable)).toEqual([{ id: 1, name: 'north', version: 1 }])
      expect(await allRows(sink, rejectedTable)).toHaveLength(1)
    })
  })
}

function describePreparation(sink: () => RelationalSink): void {
  it('may be repeated', async () => {
    await sink().prepare(tables)
    await sink().prepare([...tables].reverse())
  })

  it.each([
    ['a missing table', { ...regionTable, table: 'absent' }, 'absent'],
    ['a missing column', { ...regionTable, columns: ['id', 'nmae', 'version'] }, 'nmae'],
    ['a missing version column', { ...regionTable, versionColumn: 'vers' }, 'vers'],
    ['another primary key', { ...orderTable, primaryKey: ['shop'] }, 'primary key'],
    ['a name that is no name', { ...regionTable, table: 'region; drop table region' }, 'drop table'],
  ])('refuses %s by name', async (_, table, word) => {
    const failure = sink().prepare([table])
    await expect(failure).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
    await expect(failure).rejects.toThrow(word)
  })

  it('refuses changes of a table that was not prepared, and applies none', async () => {
    const stranger = { ...region(2, 'x'), table: 'stranger' }
    const failure = sink().apply(markerOf(1), [region(1, 'north'), stranger])
    await expect(failure).rejects.toMatchObject({ code: 'STREAMCORE_CONFIG' })
    expect(await allRows(sink(), regionTable)).toEqual([])
    expect(await sink().claim(id, 1)).toBeUndefined()
  })
}

function describeRows(sink: () => RelationalSink): void {
  it('writes parents and children of one transaction in the given order', async () => {
    const changes = [
      region(1, 'north'),
      client('a', 1),
      client('b', null),
      order('s', 1, 'a'),
      region(2, 'south'),
    ]
    expect(await sink().apply(markerOf(1), changes)).toEqual({ applied: 5, guarded: 0, rejected: [] })
    expect(await allRows(sink(), clientTable)).toEqual([
      { id: 'a', region_id: 1, balance: '12.50', born: '1970-12-13', is_active: true, version: 1 },
      { id: 'b', region_id: null, balance: '12.50', born: '1970-12-13', is_active: true, version: 1 },
    ])
    expect(await allRows(sink(), orderTable)).toEqual([
      { shop: 's', number: 1, client_id: 'a', after_shop: null, after_number: null, amount: 5, version: 1 },
    ])
  })

  it('deletes children before parents in the given order', async () => {
    await sink().apply(markerOf(1), [region(1, 'north'), client('a', 1)])
    const report = await sink().apply(markerOf(2), [remove(client('a', 1)), remove(region(1, 'north'))])
    expect(report).toEqual({ applied: 2, guarded: 0, rejected: [] })
    expect(await allRows(sink(), regionTable)).toEqual([])
  })

  it('applies several changes of one row in one transaction one after the other', async () => {
    const changes = [
      region(1, 'a', 1),
      region(2, 'b', 1),
      region(1, 'c', 2),
      remove(region(2, '', 1)),
      region(2, 'd', 4),
    ]
    const report = await sink().apply(markerOf(1), changes)
    expect(report).toEqual({ applied: 5, guarded: 0, rejected: [] })
    expect(await allRows(sink(), regionTable)).toEqual([
      { id: 1, name: 'c', version: 2 },
      { id: 2, name: 'd', version: 4 },
    ])
  })

  it.each(['', "'; drop table region; --", '"\\{},NULL', 'NULL', 'a\nb\tc', 'Žluťoučký 😀', '{"a":[1]}'])(
    'keeps the text %j as it is',
    async (text) => {
      await sink().apply(markerOf(1), [region(1, text), region(2, `${text}.`)])
      expect((await allRows(sink(), regionTable)).map((row) => row['name'])).toEqual([text, `${text}.`])
    },
  )

  it('takes a row that refers to itself, and deletes it', async () => {
    const own = order('s', 1, null, { after_shop: 's', after_number: 1 })
    expect(await sink().apply(markerOf(1), [own])).toMatchObject({ applied: 1, rejected: [] })
    expect(await sink().apply(markerOf(2), [remove(own)])).toMatchObject({ applied: 1, rejected: [] })
  })

  it('applies many rows of several tables and gives them back page by page', async () => {
    const changes = [
      ...Array.from({ length: 300 }, (_, index) => region(index, `r${index}`)),
      ...Array.from({ length: 1500 }, (_, index) => client(`c${1000 + index}`, index % 300)),
      ...Array.from({ length: 700 }, (_, index) => order(`s${index % 7}`, index, `c${1000 + index}`)),
    ]
    expect(await sink().apply(markerOf(1), changes)).toEqual({ applied: 2500, guarded: 0, rejected: [] })
    expect(await allRows(sink(), regionTable)).toHaveLength(300)
    const clients = await allRows(sink(), clientTable)
    expect(clients.map((row) => row['id'])).toEqual(
      Array.from({ length: 1500 }, (_, index) => `c${1000 + index}`),
    )
    const orders = await allRows(sink(), orderTable)
    expect(new Set(orders.map((row) => row['number'])).size).toBe(700)
    expect(orders.slice(0, 3).map((row) => [row['shop'], row['number']])).toEqual([
      ['s0', 0],
      ['s0', 7],
      ['s0', 14],
    ])
  })
}

function describeVersions(sink: () => RelationalSink): void {
  it('never replaces or deletes a newer row, and counts the change as guarded', async () => {
    await sink().apply(markerOf(1), [region(1, 'new', 5)])
    const changes = [
      region(1, 'old', 4),
      region(1, 'same', 5),
      remove(region(1, '', 3)),
      region(2, 'other', 1),
    ]
    expect(await sink().apply(markerOf(2), changes)).toEqual({ applied: 1, guarded: 3, rejected: [] })
    expect(await allRows(sink(), regionTable)).toEqual([
      { id: 1, name: 'new', version: 5 },
      { id: 2, name: 'other', version: 1 },
    ])
  })

  it('takes a delete of a row that is not there as one without effect', async () => {
    expect(await sink().apply(markerOf(1), [remove(region(1, ''))])).toEqual({
      applied: 0,
      guarded: 1,
      rejected: [],
    })
  })
}

function describeRejections(sink: () => RelationalSink): void {
  it('isolates each bad row among many good ones and keeps it with code, reason and place', async () => {
    const good = Array.from({ length: 500 }, (_, index) => region(index, `r${index}`))
    const twin = { ...region(1000, 'r7'), place: 'regions.csv:17' }
    const orphan = client('a', 77_777)
    const changes = [...good.slice(0, 250), twin, ...good.slice(250), client('b', 3), orphan, client('c', 4)]
    const report = await sink().apply(markerOf(1), changes)
    expect(report).toMatchObject({ applied: 502, guarded: 0 })
    expect(report.rejected.map(({ change, code }) => [change, code])).toEqual([
      [twin, '23505'],
      [orphan, '23503'],
    ])
    const stored = await allRows(sink(), rejectedTable)
    expect(stored).toMatchObject([
      {
        job_id: 'job',
        sink_uid: 'ledger',
        checkpoint_id: 1,
        ordinal: 0,
        place: 'regions.csv:17',
        code: '23505',
      },
      { ordinal: 1, table_name: 'client', kind: 'upsert', row_key: '["a"]', version: 1, code: '23503' },
    ])
    expect(String(stored[0]?.['reason'])).not.toBe('')
    expect(JSON.parse(String(stored[0]?.['row_json']))).toEqual({ id: 1000, name: 'r7', version: 1 })
  })

  it('refuses nulls and broken checks by their own codes', async () => {
    const changes = [
      { ...region(1, ''), row: { id: 1, name: null, version: 1 } },
      order('s', 1, null, { amount: -1 }),
    ]
    const report = await sink().apply(markerOf(1), changes)
    expect(report.rejected.map(({ code }) => code)).toEqual(['23502', '23514'])
  })

  it('calls children and grandchildren of a rejected row parent-rejected, in this and in later transactions', async () => {
    const bad = client('a', 99)
    const report = await sink().apply(markerOf(1), [
      bad,
      order('s', 1, 'a'),
      order('s', 2, null, { after_shop: 's', after_number: 1 }),
    ])
    expect(report.rejected.map(({ code }) => code)).toEqual(['23503', 'parent-rejected', 'parent-rejected'])
    const later = await sink().apply(markerOf(2), [
      order('t', 1, 'a'),
      order('t', 2, 'unknown'),
      order('t', 3, null),
    ])
    expect(later.rejected.map(({ code }) => code)).toEqual(['parent-rejected', '23503'])
    expect(later.applied).toBe(1)
    const stored = await allRows(sink(), rejectedTable)
    expect(stored.map((row) => [row['checkpoint_id'], row['ordinal'], row['code']])).toEqual([
      [1, 0, '23503'],
      [1, 1, 'parent-rejected'],
      [1, 2, 'parent-rejected'],
      [2, 0, 'parent-rejected'],
      [2, 1, '23503'],
    ])
  })

  it('takes children of a row that was rejected once but is there now', async () => {
    await sink().apply(markerOf(1), [client('a', 99)])
    const report = await sink().apply(markerOf(2), [region(99, 'late'), client('a', 99), order('s', 1, 'a')])
    expect(report).toEqual({ applied: 3, guarded: 0, rejected: [] })
  })

  it('refuses to delete a row that others refer to, and deletes the rest', async () => {
    await sink().apply(markerOf(1), [region(1, 'north'), region(2, 'south'), client('a', 1)])
    const report = await sink().apply(markerOf(2), [remove(region(1, '')), remove(region(2, ''))])
    expect(report).toMatchObject({ applied: 1, rejected: [{ code: '23503' }] })
    expect((await allRows(sink(), regionTable)).map((row) => row['id'])).toEqual([1])
  })

  it('commits a transaction of which every change was rejected', async () => {
    const changes = Array.from({ length: 40 }, (_, index) => client(`c${index}`, 99))
    expect(await sink().apply(markerOf(1), changes)).toMatchObject({ applied: 0, guarded: 0 })
    expect(await sink().claim(id, 2)).toMatchObject({ checkpointId: 1 })
    expect(await allRows(sink(), rejectedTable)).toHaveLength(40)
  })
}

function describeMarkers(sink: () => RelationalSink): void {
  it('gives no marker before the first commit and the last one afterwards', async () => {
    expect(await sink().claim(id, 1)).toBeUndefined()
    await sink().apply(markerOf(3), [])
    expect(await sink().claim(id, 1)).toMatchObject({ ...id, checkpointId: 3, madeBy: 1 })
  })

  it('refuses a fenced epoch and keeps its rows out', async () => {
    await sink().claim(id, 2)
    const zombie = sink().apply(markerOf(1), [region(1, 'zombie')])
    await expect(zombie).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
    await expect(sink().claim(id, 1)).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
    expect(await allRows(sink(), regionTable)).toEqual([])
  })

  it('applies a repeated commit once and refuses one that goes back', async () => {
    await sink().apply(markerOf(1), [region(1, 'first', 1)])
    await sink().apply(markerOf(2), [remove(region(1, '', 1))])
    expect(await sink().apply(markerOf(2), [region(1, 'again', 9)])).toEqual({
      applied: 0,
      guarded: 0,
      rejected: [],
    })
    const back = sink().apply(markerOf(1), [region(1, 'first', 1)])
    await expect(back).rejects.toMatchObject({ code: 'STREAMCORE_RESTORE' })
    expect(await allRows(sink(), regionTable)).toEqual([])
  })

  it('fences each sink of each job on its own', async () => {
    await sink().claim({ ...id, sinkUid: 'other' }, 7)
    expect(await sink().apply(markerOf(1), [region(1, 'north')])).toMatchObject({ applied: 1 })
    expect(await sink().claim({ ...id, sinkUid: 'other' }, 7)).toBeUndefined()
  })
}

function markerOf(checkpointId: number): CommitMarker {
  return { ...id, epoch: 1, checkpointId, madeBy: 1 }
}

function upsert(table: string, row: Row, version: number): RowChange {
  return { kind: 'upsert', table, row: { ...row, version }, version, place: `${table}.csv:1` }
}

function region(number: number, name: string, version = 1): RowChange {
  return upsert('region', { id: number, name }, version)
}

function client(name: string, regionId: number | null): RowChange {
  const row = { id: name, region_id: regionId, balance: '12.50', born: '1970-12-13', is_active: true }
  return upsert('client', row, 1)
}

function order(shop: string, number: number, clientId: string | null, others: Row = {}): RowChange {
  const row = { shop, number, client_id: clientId, after_shop: null, after_number: null, amount: 5 }
  return upsert('order', { ...row, ...others }, 1)
}

// Deletes the row of a change with the version after the change's.
function remove({ table, row, version }: RowChange): RowChange {
  const primaryKey = tables.find((each) => each.table === table)?.primaryKey ?? []
  const key = Object.fromEntries(primaryKey.map((column) => [column, row[column] ?? null]))
  const next = version + 1
  return { kind: 'delete', table, row: { ...key, version: next }, version: next, place: `${table}.csv:2` }
}

async function allRows(sink: RelationalSink, table: TableDescription): Promise<Row[]> {
  const rows: Row[] = []
  for (;;) {
    const after = rows.at(-1)
    const page = await sink.scan(table, { limit: 400, ...(after ? { after } : {}) })
    if (page.length === 0) return rows
    rows.push(...page)
  }
}
