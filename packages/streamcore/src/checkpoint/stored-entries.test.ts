// Tests of looking into checkpoints: state with a time to live shows its values, as far as they had not expired then.
import { expect, it } from 'vitest'
import type { CheckpointManifest } from '../contracts/checkpoint-storage.js'
import { keyGroupRange } from '../contracts/key-groups.js'
import { listState, mapState, valueState } from '../contracts/state/state-descriptors.js'
import { packFrames } from '../serde/frames.js'
import { encodeValue } from '../serde/value-codec.js'
import { HeapKeyedStateBackend } from '../state/heap-keyed-state-backend.js'
import { TtlStateBinder } from '../state/ttl/ttl-state-binder.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { MemoryCheckpointStorage } from './memory-checkpoint-storage.js'
import { RestoredState } from './restored-state.js'
import { entriesOfKey } from './stored-entries.js'

it('shows values without their times, as of the time of the checkpoint', async () => {
  const backend = new HeapKeyedStateBackend({ uid: 'op', keyGroups: keyGroupRange(0, 1) })
  let nowMs = 0
  const binder = new TtlStateBinder(backend, { uid: 'op', nowMs: () => nowMs, currentKey: () => 'k' })
  const ttl = { time: 100 }
  const value = valueState<string>('value', { ttl }).bind(binder)
  const list = listState<number>('list', { ttl }).bind(binder)
  const map = mapState<string, number>('map', { ttl: { time: 100, timeDomain: 'event' } }).bind(binder)
  const plain = valueState<readonly number[]>('plain').bind(binder)
  backend.setCurrentKey('k')
  value.update('gone')
  list.add(1)
  map.put('old', 1)
  plain.update([1, 2])
  nowMs = 50
  list.add(2)
  map.put('new', 2)

  const shown = async (createdMs: number, watermarkMs: number) =>
    await entriesOf(backend, { createdMs, watermarkMs })
  expect(await shown(120, Number.NEGATIVE_INFINITY)).toEqual([
    ['list', [2]],
    [
      'map',
      new Map([
        ['old', 1],
        ['new', 2],
      ]),
    ],
    ['plain', [1, 2]],
  ])
  expect(await shown(99, 120)).toEqual([
    ['value', 'gone'],
    ['list', [1, 2]],
    ['map', new Map([['new', 2]])],
    ['plain', [1, 2]],
  ])
})

/** The states of the key, as a checkpoint of this time shows them. */
async function entriesOf(
  backend: HeapKeyedStateBackend,
  { createdMs, watermarkMs }: { readonly createdMs: number; readonly watermarkMs: number },
): Promise<readonly unknown[]> {
  const snapshot = backend.snapshot(createdMs)
  while (!snapshot.writeSlice(10));
  const storage = new MemoryCheckpointStorage(simulatedDigest)
  const parts = [
    { kind: 'keyed' as const, bytes: packFrames(snapshot.takeBlocks()), keyGroups: keyGroupRange(0, 1) },
    { kind: 'operator' as const, bytes: encodeValue({ watermarkMs }, { what: 'operator state', uid: 'op' }) },
  ]
  const operator = { uid: 'op', name: 'op', parallelism: 1, states: backend.descriptions }
  const manifest: CheckpointManifest = {
    kind: 'checkpoint',
    formatVersion: 1,
    jobId: 'job',
    id: 1,
    madeBy: 1,
    parent: undefined,
    createdMs,
    graphHash: '',
    operators: [operator],
    parts: parts.map(({ bytes, ...part }) => ({
      ...part,
      name: part.kind,
      sizeBytes: bytes.length,
      sha256: simulatedDigest.sha256(bytes),
      uid: 'op',
      subtaskIndex: 0,
    })),
    isFinal: false,
    extra: {},
  }
  for (const { kind, bytes } of parts) await storage.writePart({ id: 1, madeBy: 1 }, kind, bytes)
  await storage.publish(manifest)
  const entries = await entriesOfKey(new RestoredState(storage, manifest), operator, 'k')
  return entries.map((entry) => (entry.kind === 'state' ? [entry.state, entry.value] : entry))
}
