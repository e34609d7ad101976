// Tests of what a checkpoint holds for an operator: the right parts, in the order they were written.
import { describe, expect, it } from 'vitest'
import type { CheckpointManifest, CheckpointPart } from '../contracts/checkpoint-storage.js'
import { keyGroupRange } from '../contracts/key-groups.js'
import { encodeCommittables } from '../serde/committables.js'
import { packFrames } from '../serde/frames.js'
import { encodeValue } from '../serde/value-codec.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { MemoryCheckpointStorage } from './memory-checkpoint-storage.js'
import { RestoredState } from './restored-state.js'

interface GivenPart {
  readonly kind: CheckpointPart['kind']
  readonly subtaskIndex: number
  readonly bytes: Uint8Array
  readonly uid?: string
  /** An earlier checkpoint has written it. */
  readonly originId?: number
}

/** A published checkpoint of two subtasks; the manifest names the parts in the order given. */
async function checkpoint(parts: readonly GivenPart[]) {
  const storage = new MemoryCheckpointStorage(simulatedDigest)
  const ref = { id: 9, madeBy: 1 }
  const written: CheckpointPart[] = []
  for (const [number, { kind, subtaskIndex, bytes, uid = 'out', originId }] of parts.entries()) {
    const name = `${uid}-${subtaskIndex}-${kind}-${parts.length - number}`
    const origin = originId === undefined ? undefined : { id: originId, madeBy: 1 }
    await storage.writePart(origin ?? ref, name, bytes)
    written.push({
      name,
      sizeBytes: bytes.length,
      sha256: simulatedDigest.sha256(bytes),
      uid,
      subtaskIndex,
      kind,
      ...(kind === 'keyed' ? { keyGroups: keyGroupRange(subtaskIndex, 2) } : {}),
      ...(origin === undefined ? {} : { origin }),
    })
  }
  const manifest: CheckpointManifest = {
    kind: 'checkpoint',
    formatVersion: 1,
    jobId: 'job',
    ...ref,
    parent: undefined,
    createdMs: 0,
    graphHash: 'hash',
    operators: [],
    parts: written,
    isFinal: false,
    extra: {},
  }
  await storage.publish(manifest)
  return new RestoredState(storage, manifest)
}

const pending = (subtaskIndex: number, values: readonly string[], uid = 'out'): GivenPart => ({
  kind: 'pending',
  subtaskIndex,
  bytes: encodeCommittables(uid, values)[0] ?? new Uint8Array(),
  uid,
})

describe('RestoredState', () => {
  it('gives the output of a sink by subtask, and in the order it was written', async () => {
    const many = Array.from({ length: 12 }, (_, index) => pending(0, [`first ${index}`]))
    const restored = await checkpoint([pending(1, ['second']), ...many, pending(0, ['x'], 'other')])
    expect(await restored.pendingOutput('out')).toEqual([
      ...many.map((_, index) => `first ${index}`),
      'second',
    ])
    expect(await restored.pendingOutput('other')).toEqual(['x'])
    expect(await restored.pendingOutput('unknown')).toEqual([])
  })

  it('gives the operator state of every former subtask', async () => {
    const state = (subtaskIndex: number): GivenPart => ({
      kind: 'operator',
      subtaskIndex,
      bytes: encodeValue({ subtaskIndex }, { what: 'operator state' }),
    })
    const restored = await checkpoint([state(1), state(0)])
    expect(await restored.operatorStates('out')).toEqual([{ subtaskIndex: 0 }, { subtaskIndex: 1 }])
  })

  it('reads only keyed parts whose key groups are asked for', async () => {
    const keyed = (subtaskIndex: number): GivenPart => ({
      kind: 'keyed',
      subtaskIndex,
      bytes: packFrames([Uint8Array.of(subtaskIndex), Uint8Array.of(subtaskIndex)]),
    })
    const restored = await checkpoint([keyed(0), keyed(1)])
    const firstBytes = async (subtaskIndex: number, parallelism: number) => {
      const bytes: (number | undefined)[] = []
      for await (const block of restored.blocks('out', 'keyed', keyGroupRange(subtaskIndex, parallelism)))
        bytes.push(block[0])
      return bytes
    }
    expect(await firstBytes(0, 4)).toEqual([0, 0])
    expect(await firstBytes(3, 4)).toEqual([1, 1])
    expect(await firstBytes(0, 1)).toEqual([0, 0, 1, 1])
    expect(await firstBytes(1, 3)).toEqual([0, 0, 1, 1])
  })

  it('reads keyed parts of earlier checkpoints, what they add to before them', async () => {
    const keyed = (subtaskIndex: number, originId?: number): GivenPart => ({
      kind: 'keyed',
      subtaskIndex,
      bytes: packFrames([Uint8Array.of(subtaskIndex, originId ?? 9)]),
      ...(originId === undefined ? {} : { originId }),
    })
    const restored = await checkpoint([
      keyed(1, 3),
      keyed(0, 7),
      keyed(1, 4),
      keyed(0, 8),
      keyed(1),
      keyed(0),
      { kind: 'messages', subtaskIndex: 0, bytes: packFrames([Uint8Array.of(5, 5)]) },
    ])
    const blocks: number[][] = []
    for await (const block of restored.blocks('out', 'keyed', keyGroupRange(0, 1))) blocks.push([...block])
    expect(blocks).toEqual([
      [0, 7],
      [0, 8],
      [0, 9],
      [1, 3],
      [1, 4],
      [1, 9],
    ])
    expect(restored.chainLength).toBe(3)
  })
})
