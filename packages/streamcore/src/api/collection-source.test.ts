// Tests of the in-memory source: order, positions, restore.
import { describe, expect, it } from 'vitest'
import type { JsonValue, SourceBatch } from '../contracts/source.js'
import { collectionSource } from './collection-source.js'

const split = { id: 'collection', info: null }

async function readAll<T>(
  values: readonly T[],
  maxRecords: number,
  position?: JsonValue,
): Promise<SourceBatch<T>[]> {
  // The context belongs to connectors that reach outside; this one does not look at it.
  const source = collectionSource(values)
  const reader = await source.createReader(split, position, neverUsed)
  const batches: SourceBatch<T>[] = []
  do batches.push(await reader.fetch(maxRecords))
  while (batches.at(-1)?.isEnd === false)
  await reader.close()
  return batches
}

const neverUsed = {
  jobId: 'job',
  uid: 'in',
  connections: {},
  get ports(): never {
    throw new Error('a collection needs no ports')
  },
}

describe('collectionSource', () => {
  it('deals one split', async () => {
    const enumerator = await collectionSource(['a']).createEnumerator(neverUsed)
    expect(await enumerator.discover()).toEqual([split])
    expect(await enumerator.discover()).toEqual([split])
    await enumerator.close()
  })

  it('reads the values in order and says where each stands', async () => {
    const [first, second, ...more] = await readAll(['a', 'b', 'c'], 2)
    expect(first).toMatchObject({ records: ['a', 'b'], endPosition: 2, isEnd: false })
    expect(second).toMatchObject({ records: ['c'], endPosition: 3, isEnd: true })
    expect(more).toEqual([])
    expect([first?.positionAfter(0), first?.positionAfter(1), second?.positionAfter(0)]).toEqual([1, 2, 3])
    expect([first?.placeOf(1), second?.placeOf(0)]).toEqual(['collection[1]', 'collection[2]'])
  })

  it('goes on after every position with exactly what is left', async () => {
    const values = ['a', 'b', 'c', 'd']
    for (let position = 0; position <= values.length; position++) {
      const batches = await readAll(values, 3, position)
      expect(batches.flatMap((batch) => batch.records)).toEqual(values.slice(position))
    }
  })

  it('ends at once when it is empty', async () => {
    expect(await readAll([], 10)).toMatchObject([{ records: [], endPosition: 0, isEnd: true }])
  })

  it('reads the list as it was when the source was made', async () => {
    const values = ['a']
    const source = collectionSource(values)
    values.push('b')
    const reader = await source.createReader(split, undefined, neverUsed)
    expect((await reader.fetch(10)).records).toEqual(['a'])
  })

  it.each([4, -1, 0.5, 'x', null])('refuses position %s of another collection', async (position) => {
    await expect(readAll(['a', 'b', 'c'], 1, position)).rejects.toThrow(
      `Expected the position in a collection to be an index from 0 to 3, got ${JSON.stringify(position)}`,
    )
  })
})
