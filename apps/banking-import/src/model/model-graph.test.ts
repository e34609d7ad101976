// Levels, cycles and stages of a model, and what is refused when it is built.
import { describe, expect, it } from 'vitest'
import { berka } from './berka.js'
import { integer, text } from './column.js'
import { entity } from './entity.js'
import { explainModel } from './explain-model.js'
import { model, parseModel } from './model.js'
import { modelGraph, nodeOf } from './model-graph.js'

const id = { id: integer() }
const a = entity('a', { id: 'id', columns: id })

describe('the graph of a model', () => {
  it('puts what is referred to on a lower level: the longest path counts', () => {
    const graph = modelGraph(berka)
    const level = (name: string) => nodeOf(graph, name).level
    expect(berka.entities.map(({ name }) => [name, level(name)])).toEqual([
      ['district', 0],
      ['client', 1],
      ['account', 1],
      ['disp', 2],
      ['card', 3],
      ['loan', 2],
      ['order', 2],
      ['trans', 2],
    ])
    expect(graph.stages.map(({ parents, children }) => ({ parents, children }))).toEqual([
      { parents: [], children: [1] },
      { parents: [0], children: [2] },
      { parents: [1], children: [3] },
      { parents: [2], children: [] },
    ])
  })

  it('gives the entities of a cycle one stage of their own and knows what lies above it', () => {
    const columns = { id: integer(), other: integer({ nullable: true }), root: integer() }
    const b = entity('b', { id: 'id', columns, foreignKeys: { other: 'c?', root: 'a' } })
    const c = entity('c', { id: 'id', columns, foreignKeys: { other: 'b?' } })
    const d = entity('d', { id: 'id', columns, foreignKeys: { root: 'a' } })
    const graph = modelGraph(model([d, c, b, a]))
    expect(graph.stages.map(({ name, entities, isCyclic }) => ({ name, entities, isCyclic }))).toEqual([
      { name: '0', entities: ['a'], isCyclic: false },
      { name: '1', entities: ['d'], isCyclic: false },
      { name: '1-c', entities: ['c', 'b'], isCyclic: true },
    ])
    expect(nodeOf(graph, 'a').isAboveCycle).toBe(true)
    expect(nodeOf(graph, 'd').isAboveCycle).toBe(false)
    expect(explainModel(graph)).toContain('a cycle: c.other, b.other; it runs at parallelism 1')
  })

  it('treats a reference to itself as a cycle', () => {
    const node = entity('node', {
      id: 'id',
      columns: { id: integer(), up: integer({ nullable: true }) },
      foreignKeys: { up: 'node?' },
    })
    expect(modelGraph(model([node])).stages[0]).toMatchObject({ isCyclic: true, parents: [0], children: [0] })
  })

  it('warns of an entity that stands alone and of a required key that may be missing', () => {
    const b = entity('b', {
      id: 'id',
      columns: { id: integer(), a: integer({ nullable: true }) },
      foreignKeys: { a: 'a' },
    })
    const alone = entity('alone', { id: 'id', columns: id })
    expect(modelGraph(model([a, b, alone])).warnings).toEqual([
      'entities.alone refers to nothing and nothing refers to it',
      "entities.b.foreignKeys.a is required, but its column may be missing: write 'a?' or drop nullable",
    ])
  })
})

describe('a model that cannot work is refused before the first record', () => {
  const b = (foreignKeys: Record<string, string>, columns = { id: integer(), a: integer() }) =>
    entity('b', { id: 'id', columns, foreignKeys })

  it.each([
    [
      'an unknown entity',
      () => model([a, b({ a: 'nobody' })]),
      "Expected `entities.b.foreignKeys.a` to be one of the entities (a, b), got 'nobody'",
    ],
    [
      'an entity that is there twice',
      () => model([a, a]),
      "Expected `entities.a.name` to be a name of its own, got 'a', taken by 'a'",
    ],
    [
      'a foreign key of another type',
      () =>
        model([a, entity('b', { id: 'id', columns: { id: integer(), a: text() }, foreignKeys: { a: 'a' } })]),
      "Expected `entities.b.foreignKeys.a` to be column 'a' to be integer, as the id of 'a', got text",
    ],
    ['no entity', () => model([]), 'Expected `entities` to be at least one entity, got none'],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'STREAMCORE_GRAPH', message }))
  })

  it.each([
    ['a foreign key of an unknown column', () => b({ nowhere: 'a' }), 'entities.b.foreignKeys.nowhere'],
    [
      'a sequence that is no integer',
      () => entity('b', { id: 'id', columns: { id: integer(), v: text() }, sequence: 'v' }),
      'entities.b.sequence',
    ],
    [
      'a nullable id',
      () => entity('b', { id: 'id', columns: { id: integer({ nullable: true }) } }),
      'entities.b.id',
    ],
    ['a name that no topic could have', () => entity('b c', { id: 'id', columns: id }), 'entities.b c.name'],
    [
      'a delimiter of two characters',
      () => entity('b', { id: 'id', columns: id, delimiter: '||' }),
      'entities.b.delimiter',
    ],
  ])('%s', (_, make, config) => {
    expect(make).toThrow(expect.objectContaining({ code: 'STREAMCORE_CONFIG', details: { config } }))
  })

  it('what is no model', () => {
    expect(() => parseModel({ name: 'x', entities: [{ name: 'a' }] })).toThrow(
      expect.objectContaining({ code: 'STREAMCORE_CONFIG' }),
    )
  })
})

it('a model survives JSON', () => {
  expect(parseModel(JSON.parse(JSON.stringify(berka)))).toEqual(berka)
})
