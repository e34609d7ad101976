// One subtask of resolve by itself: slices of a hot parent, and what the waiting table is told.
import { describe, expect, it } from 'vitest'
import { assert, type RowChange } from 'streamcore'
import { modelGraph } from '../../src/model/model-graph.js'
import { model } from '../../src/model/model.js'
import { integer } from '../../src/model/column.js'
import { entity } from '../../src/model/entity.js'
import type { ResolveMessage } from '../../src/operators/messages.js'
import { type ResolveOptions, resolveFunction } from '../../src/operators/resolve.js'
import { resolveNode } from './operator-node.js'

const parents = entity('parent', { id: 'id', columns: { id: integer() } })
const children = entity('child', {
  id: 'id',
  columns: { id: integer(), a: integer(), b: integer() },
  foreignKeys: { a: 'parent', b: 'parent' },
})
const graph = modelGraph(model([parents, children]))

/** A subtask of the stage at `level`, what it sent, and a clock set by hand. */
function subtask(level: number, options: ResolveOptions = {}) {
  const stage = graph.stages[level]
  assert(stage !== undefined, 'the level exists')
  const sent: ResolveMessage[] = []
  const changes: RowChange[] = []
  const clock = { nowMs: 0 }
  const node = resolveNode(resolveFunction(graph, stage, options), {
    change: (change) => changes.push(change),
    resolve: (_, message) => sent.push(message),
    gate: () => undefined,
    nowMs: () => clock.nowMs,
  })
  return { node, sent, changes, clock, take: () => sent.splice(0) }
}

function request(index: number): ResolveMessage {
  return { kind: 'request', key: 'parent:1', child: `child:${index}`, field: 0, since: 1, inTarget: false }
}

function put(version: number): ResolveMessage {
  return {
    kind: 'upsert',
    key: 'parent:1',
    version,
    row: { id: 1 },
    references: [],
    place: 'here',
    inTarget: false,
  }
}

describe('a hot parent', () => {
  it('releases at most 1,000 children per call and goes on by itself, in order', () => {
    const { node, take } = subtask(0)
    for (let index = 0; index < 2_500; index += 1) node.process(request(index))
    expect(take().every((message) => message.kind === 'missing' && message.reason === 'never-seen')).toBe(
      true,
    )
    node.process(put(1))
    const slices: number[] = []
    const released: string[] = []
    for (let slice = take(); slice.length > 0; slice = take()) {
      slices.push(slice.length)
      released.push(...slice.map(({ key }) => key))
      if (node.pending().length > 0) node.deliverNext()
    }
    expect(slices).toEqual([1_000, 1_000, 500])
    expect(released).toEqual(Array.from({ length: 2_500 }, (_, index) => `child:${index}`))
  })

  it('tells those who wait in slices, too, when it is deleted', () => {
    const { node, take } = subtask(0, { sliceSize: 10 })
    for (let index = 0; index < 25; index += 1) node.process(request(index))
    take()
    node.process({ kind: 'delete', key: 'parent:1', version: 1, row: { id: 1 }, place: 'here' })
    expect(take()).toHaveLength(10)
    while (node.pending().length > 0) node.deliverNext()
    expect(take().map((message) => message.kind === 'missing' && message.reason)).toEqual(
      Array.from({ length: 15 }, () => 'deleted'),
    )
  })

  it('answers newcomers after those who wait', () => {
    const { node, take } = subtask(0, { sliceSize: 1 })
    for (const index of [0, 1]) node.process(request(index))
    node.process(put(1))
    take()
    node.process(request(2))
    expect(take()).toEqual([])
    while (node.pending().length > 0) node.deliverNext()
    expect(take().map(({ key }) => key)).toEqual(['child:1', 'child:2'])
  })
})

describe('the waiting table', () => {
  const references = [
    { field: 0, parent: 'parent:1' },
    { field: 1, parent: 'parent:2' },
  ]
  const child: ResolveMessage = {
    kind: 'upsert',
    key: 'child:9',
    version: 4,
    row: { id: 9, a: 1, b: 2 },
    references,
    place: 'child.csv:2',
    inTarget: false,
  }
  const missing = (
    field: number,
    parent: string,
    reason: 'never-seen' | 'deleted' = 'never-seen',
  ): ResolveMessage => {
    return { kind: 'missing', key: 'child:9', field, since: 4, parent, reason }
  }
  const grant = (field: number, parent: string): ResolveMessage => {
    return { kind: 'grant', key: 'child:9', field, since: 4, parent, incarnation: 1 }
  }

  it('is told of waits that last, of their changes and of their end', () => {
    const { node, clock, changes } = subtask(1, { reportAfterMs: 1_000 })
    clock.nowMs = 500
    node.process(child)
    node.process(missing(0, 'parent:1'))
    node.process(missing(1, 'parent:2'))
    clock.nowMs = 1_499
    node.fireTimers()
    expect(node.waiting()).toEqual([])
    clock.nowMs = 1_500
    node.fireTimers()
    node.process(missing(1, 'parent:2', 'deleted'))
    node.process(grant(0, 'parent:1'))
    expect(changes).toEqual([])
    node.process(grant(1, 'parent:2'))
    expect(changes).toHaveLength(1)
    const told = node
      .waiting()
      .map(({ kind, missing: parts }) => [
        kind,
        ...parts.map(({ field, parent, reason }) => `${field} ${parent} ${reason}`),
      ])
    expect(told).toEqual([
      ['waiting', 'a parent:1 never-seen', 'b parent:2 never-seen'],
      ['waiting', 'a parent:1 never-seen', 'b parent:2 deleted'],
      ['waiting', 'b parent:2 deleted'],
      ['ended'],
    ])
    expect(node.waiting()[0]).toMatchObject({
      entity: 'child',
      id: '9',
      version: 4,
      sinceMs: 500,
      place: 'child.csv:2',
    })
  })

  it('is not told of waits that end quickly', () => {
    const { node, clock } = subtask(1, { reportAfterMs: 1_000 })
    node.process(child)
    node.process(missing(0, 'parent:1'))
    for (const [field, { parent }] of references.entries()) node.process(grant(field, parent))
    clock.nowMs = 5_000
    node.fireTimers()
    expect(node.waiting()).toEqual([])
  })

  it('says once that a version is overdue, and the version waits on', () => {
    const { node, clock, changes } = subtask(1, { reportAfterMs: 10, overdueAfterMs: 100 })
    node.process(child)
    node.process(missing(0, 'parent:1'))
    for (clock.nowMs = 0; clock.nowMs < 300; clock.nowMs += 10) node.fireTimers()
    expect(node.waiting().map(({ kind }) => kind)).toEqual(['waiting', 'overdue'])
    for (const [field, { parent }] of references.entries()) node.process(grant(field, parent))
    expect(changes).toHaveLength(1)
  })
})
