// Configurations of the time to live: what they become, and what is refused where the state is declared.
import { describe, expect, it } from 'vitest'
import { hours } from '../duration.js'
import { aggregatingState } from './aggregating-state.js'
import { listState, mapState, plainDescription, reducingState, valueState } from './state-descriptors.js'
import type { StateTtlConfig } from './state-ttl.js'

describe('a time to live', () => {
  it('belongs to the description of every kind of state', () => {
    const ttl = { time: '7 days' } as const
    const sum = {
      createAccumulator: () => 0,
      add: (a: number, b: number) => a + b,
      getResult: (a: number) => a,
    }
    const states = [
      valueState('s', { ttl }),
      listState('s', { ttl }),
      mapState('s', { ttl }),
      reducingState<number>('s', (a, b) => a + b, { ttl }),
      aggregatingState('s', sum, { ttl }),
    ]
    for (const state of states)
      expect(state.ttl).toEqual({ timeMs: 7 * 24 * hours(1), timeDomain: 'processing' })
  })

  it('stands in checkpoints with its time and domain only', () => {
    const state = valueState('s', {
      ttl: {
        time: hours(1),
        timeDomain: 'event',
        updateType: 'on-read-and-write',
        visibility: 'return-expired-if-not-cleaned-up',
      },
    })
    expect(plainDescription(state).ttl).toEqual({ timeMs: hours(1), timeDomain: 'event' })
    expect(plainDescription(valueState('s'))).toEqual({ name: 's', kind: 'value', version: 1 })
  })

  it.each([
    [{ time: '7 dayz' }, /`ttl\.time` of state "s" to be a duration .* got '7 dayz' \(string\)/],
    [{ time: 0 }, /`ttl\.time` of state "s" .* got 0 \(number\)/],
    [{}, /`ttl\.time` of state "s" .* got undefined/],
    [{ time: 5, updateType: 'on-write' }, /`ttl\.updateType` of state "s" to be 'on-create-and-write' or /],
    [{ time: 5, visibility: 'always' }, /`ttl\.visibility` of state "s" to be 'never-return-expired' or /],
    [
      { time: 5, timeDomain: 'wall' },
      /`ttl\.timeDomain` of state "s" to be 'processing' or 'event', got 'wall'/,
    ],
    [{ time: 5, update: 'x' }, /`ttl` of state "s" to have the fields time, updateType, .* got 'update'/],
    ['7 days', /`ttl` of state "s" to be an object such as \{ time: '7 days' \}, got '7 days'/],
    [null, /`ttl` of state "s" to be an object/],
  ])('is refused as %j where the state is declared', (config, message) => {
    // As a job written in JavaScript may hold it.
    const ttl: StateTtlConfig = JSON.parse(JSON.stringify(config))
    expect(() => valueState('s', { ttl })).toThrow(message)
    expect(() => valueState('s', { ttl })).toThrow(expect.objectContaining({ code: 'STREAMCORE_CONFIG' }))
  })

  it('is refused when it never ends', () => {
    expect(() => valueState('s', { ttl: { time: Number.POSITIVE_INFINITY } })).toThrow(
      /got Infinity \(number\)/,
    )
  })
})
