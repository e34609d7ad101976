/** Keyed blocks: what is written is read, and nothing else ever is. */
import { Packr } from 'msgpackr'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../contracts/key.js'
import { blockBytesTarget, KeyedBlockWriter } from './block-writer.js'
import {
  type BlockColumn,
  type BlockSection,
  decodeKeyedBlock,
  rowsOfKeyGroups,
  sectionOfBlock,
} from './block.js'
import { crc32 } from './crc32.js'
import { keyGroupOfKey } from './key-bytes.js'

const columns: readonly BlockColumn[] = [
  { name: 'seen', kind: 'value', version: 1 },
  { name: 'waiting', kind: 'list', version: 2 },
]

function blocksOf(keys: readonly Key[], rowsPerBlock = 1000): readonly Uint8Array[] {
  const writer = new KeyedBlockWriter({ section: 'state', columns, uid: 'op', rowsPerBlock })
  for (const [index, key] of keys.entries()) writer.add(keyGroupOfKey(key), key, [index, [{ of: key }]])
  writer.flush()
  return writer.takeBlocks()
}

function blockOf(keys: readonly Key[]): Uint8Array {
  return blocksOf(keys)[0]!
}

/** Gives damaged or invented bytes a correct checksum, so that what lies behind it is tested too. */
function sealed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  new DataView(copy.buffer).setUint32(copy.length - 4, crc32(copy, 0, copy.length - 4), true)
  return copy
}

function withPayload(payload: unknown, rows: number): Uint8Array {
  const packed = new Packr({ useRecords: true, moreTypes: true }).pack(payload)
  const bytes = new Uint8Array(24 + packed.length + 4)
  const view = new DataView(bytes.buffer)
  bytes.set([0x53, 0x43, 0x4b, 0x42, 1, 1, 0, 0])
  view.setUint32(8, rows, true)
  view.setUint32(12, 1, true)
  view.setUint32(16, packed.length, true)
  view.setUint16(22, rows, true)
  bytes.set(packed, 24)
  return sealed(bytes)
}

function expectCorrupt(bytes: Uint8Array): void {
  expect(() => decodeKeyedBlock(bytes)).toThrow(
    expect.objectContaining({ code: 'STREAMCORE_CHECKPOINT_CORRUPT' }),
  )
}

describe('a keyed block', () => {
  it('gives back its rows sorted by key group, those of a group in their order', () => {
    const keys = Array.from({ length: 50 }, (_, index) => `key-${index % 40}`)
    const block = decodeKeyedBlock(blockOf(keys))
    expect(block.section).toBe('state')
    expect(block.columns).toEqual(columns)
    expect([...block.keyGroups]).toEqual(keys.map(keyGroupOfKey).sort((a, b) => a - b))
    const expected = keys
      .map((key, index) => ({ key, index, keyGroup: keyGroupOfKey(key) }))
      .sort((a, b) => a.keyGroup - b.keyGroup || a.index - b.index)
    expect(block.keys).toEqual(expected.map(({ key }) => key))
    expect(block.cells).toEqual([
      expected.map(({ index }) => index),
      expected.map(({ key }) => [{ of: key }]),
    ])
  })

  it('keeps any key, tuples and -0 cells included', () => {
    const keys: readonly Key[] = ['', 'a', 1, 1n, true, false, [], ['a', [1, 2n]], 1.5, Infinity, 2n ** 90n]
    const block = decodeKeyedBlock(blockOf(keys))
    expect(new Set(block.keys)).toEqual(new Set(keys))
    const writer = new KeyedBlockWriter({ section: 'state', columns, uid: 'op' })
    writer.add(3, 'k', [-0, [-0, undefined]])
    writer.flush()
    expect(decodeKeyedBlock(writer.takeBlocks()[0]!).cells).toStrictEqual([[-0], [[-0, undefined]]])
  })

  it('is made each time enough rows are there, and once more at the flush', () => {
    const blocks = blocksOf(
      Array.from({ length: 25 }, (_, index) => index),
      10,
    )
    expect(blocks.map((bytes) => decodeKeyedBlock(bytes).rowCount)).toEqual([10, 10, 5])
    expect(blocksOf([])).toEqual([])
  })

  it('is cut in two while it is too large', () => {
    const writer = new KeyedBlockWriter({ section: 'state', columns, uid: 'op' })
    for (let key = 0; key < 12; key++) writer.add(keyGroupOfKey(key), key, ['x'.repeat(400_000), undefined])
    writer.add(keyGroupOfKey('huge'), 'huge', ['y'.repeat(2_000_000), undefined])
    writer.flush()
    const blocks = writer.takeBlocks()
    const decoded = blocks.map(decodeKeyedBlock)
    expect(decoded.flatMap(({ keys }) => keys)).toHaveLength(13)
    for (const [index, { rowCount }] of decoded.entries()) {
      if (rowCount > 1) expect(blocks[index]!.length).toBeLessThan(blockBytesTarget + 1000)
    }
    expect(decoded.some(({ rowCount, keys }) => rowCount === 1 && keys[0] === 'huge')).toBe(true)
  })

  it('finds the rows of a range of key groups', () => {
    const block = decodeKeyedBlock(blockOf(Array.from({ length: 300 }, (_, index) => index)))
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32_767 }), fc.integer({ min: 0, max: 32_767 }), (a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) }
        const rows = rowsOfKeyGroups(block, range)
        const inside = [...block.keyGroups.entries()].filter(([, g]) => g >= range.start && g <= range.end)
        expect(inside.map(([row]) => row)).toEqual(
          Array.from({ length: rows.end - rows.start }, (_, index) => rows.start + index),
        )
      }),
    )
  })

  it('names state, key and path of a cell that cannot be serialised', () => {
    const writer = new KeyedBlockWriter({ section: 'state', columns, uid: 'await-customer' })
    writer.add(keyGroupOfKey('c-1'), 'c-1', [1, [{ done: () => true }]])
    expect(() => writer.flush()).toThrow(
      /Expected state "waiting" of operator "await-customer" to hold plain data, got a function at `value\[0\]\.done` for key "c-1"/,
    )
  })

  it('is not made without rows that were refused, however often it is tried', () => {
    const writer = new KeyedBlockWriter({ section: 'state', columns, uid: 'op', rowsPerBlock: 2 })
    writer.add(1, 'a', [1, []])
    const attempts = [
      () => writer.add(1, 'b', [() => 1, []]),
      () => writer.add(1, 'c', [1, []]),
      () => writer.flush(),
    ]
    for (const attempt of attempts) expect(attempt).toThrow('got a function')
    expect(writer.takeBlocks()).toEqual([])
  })

  it('refuses a key with half of a surrogate pair', () => {
    expect(() => blocksOf(['\ud800'])).toThrow(/half of a surrogate pair/)
  })

  it('says whether it belongs to a delta; what a delta takes away stands nowhere else', () => {
    const block = (section: BlockSection, isDelta: boolean): Uint8Array => {
      const writer = new KeyedBlockWriter({ section, columns: [], uid: 'op', isDelta })
      writer.add(3, 'k', [])
      writer.flush()
      return writer.takeBlocks()[0]!
    }
    for (const section of ['state', 'timers'] as const) {
      expect(decodeKeyedBlock(block(section, true))).toMatchObject({ section, isDelta: true, keys: ['k'] })
      expect(decodeKeyedBlock(block(section, false))).toMatchObject({ section, isDelta: false })
    }
    for (const section of ['cleared-keys', 'removed-timers'] as const) {
      expect(decodeKeyedBlock(block(section, true))).toMatchObject({ section, isDelta: true, rowCount: 1 })
      expect(() => block(section, false)).toThrow(/is where it belongs/)
    }
    expect(() => block('messages', true)).toThrow(/is where it belongs/)
    const misplaced = block('cleared-keys', true)
    misplaced[6] = 0
    expectCorrupt(sealed(misplaced))
  })

  it('says its section without being decoded', () => {
    const writer = new KeyedBlockWriter({ section: 'messages', columns, uid: 'op' })
    writer.add(1, 'k', [1, 2])
    writer.flush()
    expect(sectionOfBlock(writer.takeBlocks()[0]!)).toBe('messages')
  })
})

describe('a damaged block', () => {
  const good = blockOf(['a', 'b', 3, [4, 'c']])

  it('is refused whichever bit of it is flipped', () => {
    for (let at = 0; at < good.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = good.slice()
        bytes[at]! ^= 1 << bit
        expectCorrupt(bytes)
      }
    }
    expect(decodeKeyedBlock(good).rowCount).toBe(4)
  })

  it('is refused when it is cut, extended, or garbage', () => {
    for (let length = 0; length < good.length; length++) expectCorrupt(good.slice(0, length))
    expectCorrupt(Uint8Array.from([...good, 0]))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectCorrupt))
  })

  it('is refused when its lengths lie under a correct checksum', () => {
    for (const at of [8, 12, 16]) {
      for (const lie of [0, 1, 2, 5, 1000, 0xffff, 0x7fff_ffff, 0xffff_ffff]) {
        const bytes = good.slice()
        const view = new DataView(bytes.buffer)
        if (view.getUint32(at, true) === lie) continue
        view.setUint32(at, lie, true)
        expectCorrupt(sealed(bytes))
      }
    }
  })

  it('is refused whichever index or frame byte is changed under a correct checksum', () => {
    const payloadStart = good.length - 4 - new DataView(good.buffer).getUint32(16, true)
    for (let at = 0; at < payloadStart; at++) {
      // Another section or another key group is a valid block; the backend checks both.
      if (at === 5 || (at >= 20 && (at - 20) % 4 < 2)) continue
      const bytes = good.slice()
      bytes[at]! ^= 0x41
      expectCorrupt(sealed(bytes))
    }
  })

  it.each([
    ['null', null],
    ['no columns', { keys: ['a'], cells: [] }],
    ['malformed columns', { columns: [{ name: 1 }], keys: ['a'], cells: [[1]] }],
    ['too few keys', { columns: [], keys: [], cells: [] }],
    ['a key that is none', { columns: [], keys: [null], cells: [] }],
    ['NaN as a key', { columns: [], keys: [Number.NaN], cells: [] }],
    ['missing cells', { columns, keys: ['a'], cells: [[1]] }],
    ['short cells', { columns, keys: ['a'], cells: [[1], []] }],
    ['cells that are no list', { columns, keys: ['a'], cells: [[1], 'x'] }],
  ])('is refused when its payload is %s', (_, payload) => {
    expectCorrupt(withPayload(payload, 1))
    expect(decodeKeyedBlock(withPayload({ columns, keys: ['a'], cells: [[1], [[]]] }, 1)).rowCount).toBe(1)
  })

  it('is refused quickly when the payload claims huge or endless values', () => {
    const payloads = [
      [0xdd, 0xff, 0xff, 0xff, 0xff],
      [0xdf, 0xff, 0xff, 0xff, 0xff],
      [0xdb, 0xff, 0xff, 0xff, 0xff],
    ]
    payloads.push(new Array(200_000).fill(0x91))
    for (const payload of payloads) {
      const bytes = new Uint8Array(24 + payload.length + 4)
      bytes.set([0x53, 0x43, 0x4b, 0x42, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
      new DataView(bytes.buffer).setUint32(16, payload.length, true)
      bytes.set([0, 0, 1, 0], 20)
      bytes.set(payload, 24)
      expectCorrupt(sealed(bytes))
    }
  })
})
