// Tests of what a job must have to take over a checkpoint.
import { describe, expect, it } from 'vitest'
import { buildStreamGraph } from '../api/build-stream-graph.js'
import { defineJob } from '../api/define-job.js'
import type { CheckpointManifest, OperatorManifest } from '../contracts/checkpoint-storage.js'
import {
  listState,
  type StateDescriptors,
  type StateMigrations,
  valueState,
} from '../contracts/state/state-descriptors.js'
import type { StateTtlConfig } from '../contracts/state/state-ttl.js'
import { translate } from '../graph/translate.js'
import { MemoryTarget } from '../testing/memory-target.js'
import { assertRestorable } from './restore-check.js'
import { operatorManifests, planRestore } from './restore-plan.js'

function jobGraph(uid: string, state: StateDescriptors, parallelism = 1) {
  const job = defineJob({ name: 'job' }, (env) => {
    env
      .fromCollection([1], { uid: 'numbers' })
      .keyBy((value) => value)
      .process({ uid, state, processElement: () => {} })
      .sinkTo(new MemoryTarget<never>().sink(), { uid: 'out' })
  })
  return translate(buildStreamGraph(job), { parallelism })
}

function manifestOf(operators: readonly OperatorManifest[]): CheckpointManifest {
  return {
    kind: 'checkpoint',
    formatVersion: 1,
    jobId: 'job',
    id: 4,
    madeBy: 1,
    parent: undefined,
    createdMs: 0,
    graphHash: 'other',
    operators,
    parts: [],
    isFinal: false,
    extra: {},
  }
}

const before = manifestOf(operatorManifests(jobGraph('count', { count: valueState<number>('count') }, 3)))

describe('assertRestorable', () => {
  it('accepts the same job at another parallelism, and one with further operators and states', () => {
    assertRestorable(before, jobGraph('count', { count: valueState<number>('count') }, 2), {
      allowDroppedState: false,
    })
    const more = { count: valueState<number>('count'), list: listState<number>('list') }
    assertRestorable(before, jobGraph('count', more), { allowDroppedState: false })
    const none = manifestOf([])
    assertRestorable(none, jobGraph('count', more), { allowDroppedState: false })
  })

  it('takes the name of a state, not of its handle', () => {
    assertRestorable(before, jobGraph('count', { renamed: valueState<number>('count') }), {
      allowDroppedState: false,
    })
  })

  it.each<[string, () => ReturnType<typeof jobGraph>, RegExp]>([
    [
      'an operator that is gone',
      () => jobGraph('counts', { count: valueState<number>('count') }),
      /to have operator 'count', whose state is in checkpoint 4.*old uid back, or restore with allowDroppedState/,
    ],
    ['a state that is gone', () => jobGraph('count', {}), /operator 'count' to declare state 'count'/],
  ])('refuses %s, unless state may be dropped', (_, graph, message) => {
    expect(() => assertRestorable(before, graph(), { allowDroppedState: false })).toThrow(message)
    assertRestorable(before, graph(), { allowDroppedState: true })
  })

  it.each<[string, StateDescriptors]>([
    ['kind', { count: listState<number>('count') }],
    ['kind and version', { count: listState<number>('count', { version: 2 }) }],
  ])('refuses a state of another %s', (_, state) => {
    expect(() => assertRestorable(before, jobGraph('count', state), { allowDroppedState: true })).toThrow(
      expect.objectContaining({ code: 'STREAMCORE_STATE_MISMATCH' }),
    )
  })

  it('takes an older version where migrations lead from it, and refuses it where one is missing', () => {
    const second = manifestOf(operatorManifests(jobGraph('count', { count: versioned(2) })))
    const graph = jobGraph('count', { count: versioned(4, { 2: (old) => old, 3: (old) => old }) })
    assertRestorable(second, graph, { allowDroppedState: false })
    expect(planRestore(second, graph)).toContainEqual(
      expect.objectContaining({ fate: 'migrated', uid: 'count', state: 'count' }),
    )
    const gap = jobGraph('count', { count: versioned(4, { 2: (old) => old }) })
    expect(() => assertRestorable(second, gap, { allowDroppedState: true })).toThrow(
      /state 'count' of operator 'count' in version 4.*no migration from version 3; declare migrate: \{ 3:/,
    )
  })

  it('refuses a newer version', () => {
    const second = manifestOf(operatorManifests(jobGraph('count', { count: versioned(2) })))
    const graph = jobGraph('count', { count: versioned(1) })
    expect(() => assertRestorable(second, graph, { allowDroppedState: true })).toThrow(
      /to be a value state of version 2, as in the checkpoint, got a value state of version 1/,
    )
  })
})

describe('a time to live', () => {
  const withTtl = (ttl: StateTtlConfig | undefined) =>
    jobGraph('count', { count: valueState<number>('count', ttl === undefined ? {} : { ttl }) })
  const fateOf = (from: StateTtlConfig | undefined, to: StateTtlConfig | undefined) =>
    planRestore(manifestOf(operatorManifests(withTtl(from))), withTtl(to)).find(
      ({ state }) => state === 'count',
    )

  it.each<[string, string, StateTtlConfig | undefined, StateTtlConfig | undefined]>([
    ['that stays', 'kept', { time: '1 day' }, { time: '1 day', updateType: 'on-read-and-write' }],
    ['of another length', 'kept', { time: '1 day' }, { time: '2 days' }],
    ['that is new', 'migrated', undefined, { time: '1 day' }],
    ['that is gone', 'migrated', { time: '1 day' }, undefined],
    ['in event time that is gone', 'migrated', { time: '1 day', timeDomain: 'event' }, undefined],
    ['in event time that is new', 'incompatible', undefined, { time: '1 day', timeDomain: 'event' }],
    ['in another time', 'incompatible', { time: '1 day' }, { time: '1 day', timeDomain: 'event' }],
  ])('%s: the state is %s', (_, fate, from, to) => {
    expect(fateOf(from, to)?.fate).toBe(fate)
  })

  it('says why it cannot count in another time', () => {
    const from = manifestOf(operatorManifests(withTtl({ time: '1 day' })))
    expect(() =>
      assertRestorable(from, withTtl({ time: '1 day', timeDomain: 'event' }), { allowDroppedState: true }),
    ).toThrow(
      /state 'count' of operator 'count' to keep the time domain of its ttl, 'processing', got 'event'/,
    )
  })
})

describe('planRestore', () => {
  it('lists what is kept, dropped and new, with the way out for what is dropped', () => {
    const planned = planRestore(before, jobGraph('counts', { sum: valueState<number>('sum') }))
    const fates = planned.map(({ fate, uid, state }) => [fate, uid, state])
    expect(fates).toContainEqual(['dropped', 'count', undefined])
    expect(fates).toContainEqual(['new', 'counts', undefined])
    expect(fates).toContainEqual(['new', 'counts', 'sum'])
    expect(fates.filter(([fate]) => fate === 'kept').length).toBe(before.operators.length - 1)
    expect(planned.find(({ fate }) => fate === 'dropped')?.reason).toMatch(/--allow-dropped-state/)
  })
})

function versioned(version: number, migrate: StateMigrations = {}) {
  return valueState<number>('count', { version, migrate })
}
