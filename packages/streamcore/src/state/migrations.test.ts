/** Migrations: stored state of an older version comes back in the declared one. */
import { describe, expect, it } from 'vitest'
import { keyGroupRange } from '../contracts/key-groups.js'
import type { KeyedStateBackend } from '../contracts/state/keyed-state-backend.js'
import { listState, mapState, reducingState, valueState } from '../contracts/state/state-descriptors.js'
import { HeapKeyedStateBackend } from './heap-keyed-state-backend.js'

interface NameV1 {
  readonly name: string
}
interface NameV3 {
  readonly first: string
  readonly length: number
}

const migrate = {
  1: ({ name }: NameV1) => ({ first: name }),
  2: ({ first }: { readonly first: string }): NameV3 => ({ first, length: first.length }),
}

function open(): HeapKeyedStateBackend {
  return new HeapKeyedStateBackend({ uid: 'op', keyGroups: keyGroupRange(0, 1) })
}

function blocksOf(backend: KeyedStateBackend): readonly Uint8Array[] {
  const snapshot = backend.snapshot(1)
  expect(snapshot.writeSlice(1000)).toBe(true)
  return snapshot.takeBlocks()
}

function storedV1(): readonly Uint8Array[] {
  const backend = open()
  const value = valueState<NameV1>('value').bind(backend)
  const list = listState<NameV1>('list').bind(backend)
  const map = mapState<string, NameV1>('map').bind(backend)
  const reduced = reducingState<NameV1>('reduced', (_, last) => last).bind(backend)
  backend.setCurrentKey('k')
  value.update({ name: 'Ada' })
  list.update([{ name: 'Bo' }, { name: 'Cleo' }])
  map.put('d', { name: 'Di' })
  reduced.add({ name: 'Ed' })
  return blocksOf(backend)
}

describe('a migration', () => {
  it('leads over all versions in between, for every kind of state', () => {
    const backend = open()
    const options = { version: 3, migrate }
    const value = valueState<NameV3>('value', options).bind(backend)
    const list = listState<NameV3>('list', options).bind(backend)
    const map = mapState<string, NameV3>('map', options).bind(backend)
    const reduced = reducingState<NameV3>('reduced', (_, last) => last, options).bind(backend)
    for (const block of storedV1()) backend.restoreBlock(block)
    backend.setCurrentKey('k')
    expect(value.value()).toEqual({ first: 'Ada', length: 3 })
    expect([...list.get()]).toEqual([
      { first: 'Bo', length: 2 },
      { first: 'Cleo', length: 4 },
    ])
    expect([...map.entries()]).toEqual([['d', { first: 'Di', length: 2 }]])
    expect(reduced.get()).toEqual({ first: 'Ed', length: 2 })
    expect(blocksOf(backend)).toHaveLength(1)
  })

  it.each([
    ['no step', {}],
    ['a gap', { migrate: { 1: migrate[1] } }],
    ['only a later step', { migrate: { 2: migrate[2] } }],
  ])('is refused with %s', (_, options) => {
    const backend = open()
    valueState<NameV3>('value', { version: 3, ...options }).bind(backend)
    const [block] = storedV1()
    expect(() => backend.restoreBlock(block ?? new Uint8Array())).toThrow(
      /Expected state "value" of operator "op" in version 3 or one that migrations lead from, got version 1/,
    )
  })

  it('never leads back', () => {
    const newer = open()
    const state = valueState<number>('value', { version: 2 }).bind(newer)
    newer.setCurrentKey('k')
    state.update(1)
    const backend = open()
    valueState<number>('value').bind(backend)
    const [block] = blocksOf(newer)
    expect(() => backend.restoreBlock(block ?? new Uint8Array())).toThrow(/got version 2 in the checkpoint/)
  })

  it('has to start below the declared version', () => {
    expect(() => valueState('value', { version: 2, migrate: { 2: (old: number) => old } })).toThrow(
      /Expected the migrations of state "value" to start from versions 1 to 1, got 2/,
    )
  })
})
