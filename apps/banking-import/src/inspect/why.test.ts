// The path from a waiting record to what is really missing.
import { describe, expect, it } from 'vitest'
import type { WaitingEvent } from '../operators/waiting-event.js'
import { keyOf, type WaitingTable } from './waiting-table.js'
import { countDependents, explainWait } from './why.js'

function waits(
  key: string,
  ...missing: readonly (readonly [string, 'never-seen' | 'deleted'])[]
): WaitingEvent {
  const [entity = '', id = ''] = key.split(':')
  return {
    kind: 'waiting',
    entity,
    id,
    version: 1,
    missing: missing.map(([parent, reason]) => ({ field: 'f', parent, reason })),
    sinceMs: 5,
    place: `${entity}.csv:2`,
  }
}

function tableOf(...events: readonly WaitingEvent[]): WaitingTable {
  return new Map(events.map((event) => [keyOf(event), [event]]))
}

const time = (ms: number) => `${ms} ms`

describe('explainWait', () => {
  it('walks through records that wait themselves to the ones that never came or were deleted', () => {
    const table = tableOf(
      waits('card:1', ['disp:2', 'never-seen']),
      waits('disp:2', ['client:3', 'never-seen'], ['account:4', 'deleted']),
    )
    const explanation = explainWait(table, 'card:1', time)
    expect(explanation?.roots).toEqual([
      { key: 'client:3', reason: 'never-seen' },
      { key: 'account:4', reason: 'deleted' },
    ])
    expect(explanation?.lines).toEqual([
      'card:1, version 1, from card.csv:2, waits since 5 ms',
      '  by f for disp:2: which waits itself',
      '  disp:2, version 1, from disp.csv:2, waits since 5 ms',
      '    by f for client:3: it has never come',
      '    by f for account:4: it was deleted',
    ])
  })

  it('ends at a cycle and names it', () => {
    const table = tableOf(waits('a:1', ['a:2', 'never-seen']), waits('a:2', ['a:1', 'never-seen']))
    expect(explainWait(table, 'a:1', time)?.roots).toEqual([{ key: 'a:1', reason: 'cycle' }])
  })

  it('knows what does not wait', () => {
    expect(explainWait(tableOf(), 'a:1', time)).toBeUndefined()
  })
})

describe('countDependents', () => {
  it('counts everything that waits for a record, directly or not, once', () => {
    const table = tableOf(
      waits('b:1', ['a:1', 'never-seen']),
      waits('b:2', ['a:1', 'never-seen']),
      waits('c:1', ['b:1', 'never-seen'], ['b:2', 'never-seen']),
      waits('c:2', ['b:9', 'never-seen']),
    )
    expect([
      countDependents(table, 'a:1'),
      countDependents(table, 'b:9'),
      countDependents(table, 'c:1'),
    ]).toEqual([3, 1, 0])
  })

  it('comes to an end where records wait for each other', () => {
    const table = tableOf(waits('a:1', ['a:2', 'never-seen']), waits('a:2', ['a:1', 'never-seen']))
    expect(countDependents(table, 'a:1')).toBe(1)
  })
})
