// The first checkpoint of a lineage over several targets: which of them it is still to be committed in, whatever a crash left.
import { describe, expect, it } from 'vitest'
import type { CheckpointManifest, CheckpointRef } from '../contracts/checkpoint-storage.js'
import type { CommitMarker } from '../contracts/sink.js'
import { hasBegun, lineageExtra, lineageExtraAfter, lineageOf, sinksToCarry } from './lineage.js'
import { planRecovery } from './recovery.js'

function manifestOf(ref: CheckpointRef, facts: Partial<CheckpointManifest> = {}): CheckpointManifest {
  return {
    kind: 'checkpoint',
    formatVersion: 1,
    jobId: 'job',
    ...ref,
    parent: undefined,
    createdMs: 1,
    graphHash: '',
    operators: ['a', 'b'].map((uid) => ({ uid, name: uid, parallelism: 1, states: [] })),
    parts: [],
    isFinal: false,
    extra: {},
    ...facts,
  }
}

function markersOf(refs: Readonly<Record<string, CheckpointRef | undefined>>) {
  return new Map(
    Object.entries(refs).map(([sinkUid, ref]): [string, CommitMarker | undefined] => [
      sinkUid,
      ref && { jobId: 'job', sinkUid, epoch: 9, checkpointId: ref.id, madeBy: ref.madeBy },
    ]),
  )
}

const savepoint = manifestOf({ id: 5, madeBy: 1 }, { parent: { id: 4, madeBy: 1 } })
const old = { id: 7, madeBy: 2 }
const first = { id: 20, madeBy: 3 }
const over = new Map([
  ['a', old],
  ['b', undefined],
])
const begun = manifestOf(first, {
  extra: lineageExtra({ savepoint: { jobId: 'job', id: 5, madeBy: 1, createdMs: 1 }, over }),
})

function plan(refs: Readonly<Record<string, CheckpointRef | undefined>>) {
  const slots = [manifestOf(old), begun]
  return planRecovery({
    jobId: 'job',
    markers: markersOf(refs),
    slots,
    lastCommit: { ...old, committedBy: 2 },
  })
}

describe('the first checkpoint of a lineage', () => {
  it.each<[Readonly<Record<string, CheckpointRef | undefined>>, readonly string[]]>([
    [{ a: old, b: undefined }, ['a', 'b']],
    [{ a: first, b: undefined }, ['b']],
    [{ a: old, b: first }, ['a']],
    [{ a: first, b: first }, []],
  ])('is committed where it is not yet: %j', (refs, commitIn) => {
    expect(plan(refs)).toEqual({ kind: 'restore', manifest: begun, commitIn })
  })

  it('does not replace what somebody has written into a target since', () => {
    expect(() => plan({ a: { id: 8, madeBy: 2 }, b: undefined })).toThrow(
      /Expected the state that goes with the output/,
    )
  })

  it('is found in the manifests after it, without what it found', () => {
    expect(lineageOf(begun)).toEqual({ savepoint: { jobId: 'job', id: 5, madeBy: 1, createdMs: 1 }, over })
    const next = manifestOf({ id: 21, madeBy: 3 }, { extra: lineageExtraAfter(begun) })
    expect(lineageOf(next)).toMatchObject({ savepoint: { id: 5 }, over: undefined })
    expect(hasBegun([begun, next], savepoint)).toBe(true)
    expect(hasBegun([begun, next], { ...savepoint, createdMs: 2 })).toBe(false)
    expect(lineageOf(manifestOf(old))).toBeUndefined()
  })
})

describe('sinks whose output a savepoint still holds', () => {
  const facts = (refs: Readonly<Record<string, CheckpointRef | undefined>>) => ({
    jobId: 'job',
    markers: markersOf(refs),
    lastCommit: undefined,
  })
  const asked = { place: './savepoint', newLineage: false }

  it('are those that hold the checkpoint before it; new sinks need nothing', () => {
    const { id, madeBy } = savepoint
    const found = sinksToCarry(
      savepoint,
      facts({ a: { id: 4, madeBy: 1 }, b: { id, madeBy }, c: undefined }),
      asked,
    )
    expect(found).toEqual(['a'])
  })

  it.each<[CheckpointRef | undefined, RegExp]>([
    [{ id: 9, madeBy: 1 }, /sink 'b'.*second time/],
    [{ id: 5, madeBy: 2 }, /sink 'b'.*missing/],
    [undefined, /sink 'b'.*no output of this job.*missing/],
  ])('are none where a target holds %j, which takes a word', (b, message) => {
    const found = facts({ a: { id: 4, madeBy: 1 }, b })
    expect(() => sinksToCarry(savepoint, found, asked)).toThrow(message)
    expect(sinksToCarry(savepoint, found, { ...asked, newLineage: true })).toEqual(['a'])
  })

  it('are none without transactional sinks, but going back takes a word as well', () => {
    const later = { jobId: 'job', markers: new Map(), lastCommit: { id: 8, madeBy: 1 } }
    expect(() => sinksToCarry(savepoint, later, asked)).toThrow(/would go back/)
    expect(sinksToCarry(savepoint, later, { ...asked, newLineage: true })).toEqual([])
  })
})
