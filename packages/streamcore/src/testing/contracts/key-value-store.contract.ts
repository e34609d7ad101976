/** What every key-value store must do: run on LevelDB and on its simulated twin. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeyValueStore } from '../../contracts/ports/key-value-store.js'

/** A store under test over a fresh, empty directory. */
export interface KeyValueStoreFixture {
  readonly store: KeyValueStore
  /** Closes the store and opens it again over the same directory. */
  reopen(): Promise<KeyValueStore>
  /** Tries to open the same directory a second time. */
  openAgain(): Promise<KeyValueStore>
  cleanUp(): Promise<void>
}

/** Declares the suite; `open` makes a fresh, empty store for each test. */
export function describeKeyValueStore(name: string, open: () => Promise<KeyValueStoreFixture>): void {
  describe(`${name} as a key-value store`, () => {
    let fixture: KeyValueStoreFixture

    beforeEach(async () => {
      fixture = await open()
    })
    afterEach(() => fixture.cleanUp())

    describe('reads and writes', () => describeReadsAndWrites(() => fixture))
    describe('ranges', () => describeRanges(() => fixture.store))
    describe('ownership', () => describeOwnership(() => fixture))
  })
}

async function put(store: KeyValueStore, entries: Readonly<Record<string, string>>): Promise<void> {
  const operations = Object.entries(entries).map(
    ([key, value]) => ({ kind: 'put', key, value: new TextEncoder().encode(value) }) as const,
  )
  await store.batch(operations, { sync: false })
}

function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value)
}

function describeReadsAndWrites(fixture: () => KeyValueStoreFixture): void {
  it('gets what was put, in every way of getting', async () => {
    const { store } = fixture()
    await put(store, { a: '1', b: '2', empty: '' })
    expect(text(await store.get('a'))).toBe('1')
    expect(text(store.getSync('b'))).toBe('2')
    expect((await store.get('empty'))?.length).toBe(0)
    expect((await store.getMany(['b', 'missing', 'a'])).map(text)).toEqual(['2', undefined, '1'])
    expect(await store.get('missing')).toBeUndefined()
    expect(store.getSync('missing')).toBeUndefined()
    expect(await store.getMany([])).toEqual([])
  })

  it('keeps bytes as they are', async () => {
    const { store } = fixture()
    const value = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    await store.batch([{ kind: 'put', key: 'bytes', value }], { sync: true })
    const read = await store.get('bytes')
    expect(read).toBeInstanceOf(Uint8Array)
    expect(Uint8Array.from(read ?? [])).toEqual(value)
  })

  it('does not keep hold of the bytes it was given', async () => {
    const { store } = fixture()
    const value = Uint8Array.of(1, 2)
    const writing = store.batch([{ kind: 'put', key: 'a', value }], { sync: false })
    value.fill(9)
    await writing
    expect(Uint8Array.from((await store.get('a')) ?? [])).toEqual(Uint8Array.of(1, 2))
  })

  it('applies the operations of a batch in their order', async () => {
    const { store } = fixture()
    await put(store, { a: 'old', b: 'old' })
    const value = new TextEncoder().encode('new')
    await store.batch(
      [
        { kind: 'delete', key: 'a' },
        { kind: 'put', key: 'a', value },
        { kind: 'put', key: 'b', value },
        { kind: 'delete', key: 'b' },
        { kind: 'delete', key: 'missing' },
      ],
      { sync: true },
    )
    expect(text(await store.get('a'))).toBe('new')
    expect(await store.get('b')).toBeUndefined()
  })

  it('keeps everything when it is opened again', async () => {
    await put(fixture().store, { a: '1', b: '2' })
    const store = await fixture().reopen()
    expect((await store.getMany(['a', 'b'])).map(text)).toEqual(['1', '2'])
  })
}

function describeRanges(store: () => KeyValueStore): void {
  it('gives entries from gte to before lt, up to the limit', async () => {
    await put(store(), { a: '1', b: '2', c: '3', d: '4' })
    const page = await store().entries({ gte: 'b', lt: 'd', limit: 10 })
    expect(page.map(({ key, value }) => [key, text(value)])).toEqual([
      ['b', '2'],
      ['c', '3'],
    ])
    const first = await store().entries({ gte: 'a', lt: 'z', limit: 2 })
    expect(first.map(({ key }) => key)).toEqual(['a', 'b'])
    const last = await store().entries({ gte: 'a', lt: 'd', limit: 2, reverse: true })
    expect(last.map(({ key }) => key)).toEqual(['c', 'b'])
    expect(await store().entries({ gte: 'e', lt: 'z', limit: 5 })).toEqual([])
  })

  it('orders keys by their UTF-8 bytes', async () => {
    const keys = ['a', 'ab', 'b', 'ä', '\u{e000}', '\u{ffee}', '\u{10000}', '\u{1f600}']
    await put(store(), Object.fromEntries([...keys].reverse().map((key) => [key, key])))
    const page = await store().entries({ gte: 'a', lt: '\u{10ffff}', limit: 100 })
    expect(page.map(({ key }) => key)).toEqual(keys)
  })
}

function describeOwnership(fixture: () => KeyValueStoreFixture): void {
  it('refuses to be opened twice, and goes on working', async () => {
    const { store, openAgain } = fixture()
    await expect(openAgain()).rejects.toMatchObject({ code: 'STREAMCORE_LEASE_HELD' })
    await expect(openAgain()).rejects.toMatchObject({ code: 'STREAMCORE_LEASE_HELD' })
    await put(store, { a: '1' })
    expect(text(await store.get('a'))).toBe('1')
  })

  it('refuses every use after it was closed', async () => {
    const { store } = fixture()
    await store.close()
    await expect(store.get('a')).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
    await expect(put(store, { a: '1' })).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
    expect(() => store.getSync('a')).toThrow('closed')
    await store.close()
  })
}
