/** A coordinator with one task, which the test plays, over a storage and a target in memory. */
import type { CheckpointPart } from '../../contracts/checkpoint-storage.js'
import { keyGroupRange } from '../../contracts/key-groups.js'
import type { Lease } from '../../contracts/ports/lease.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { MemoryTarget } from '../../testing/memory-target.js'
import { testPorts } from '../../testing/test-ports.js'
import { type CheckpointConfig, CheckpointCoordinator, type PieceOwner } from '../checkpoint-coordinator.js'
import { SinkCommitters } from '../sink-committers.js'
import { WatchedStorage } from './watched-storage.js'

/** The operator whose snapshot it is. */
export const owner: PieceOwner = { uid: 'count', subtaskIndex: 0, keyGroups: keyGroupRange(0, 1) }
const config: CheckpointConfig = {
  intervalMs: 100,
  timeoutMs: 1_000,
  retained: 2,
  tolerableFailures: 1,
  incremental: true,
  deltasMax: 20,
  deltaShareMax: 0.5,
}

/** The lease of the only process. */
export const ownLease: Lease = {
  acquire: async () => 1,
  assertCurrent: async () => {},
  release: async () => {},
}

/** What the test works with. */
export interface StartedCoordinator {
  /** What was asked of storage, sink and task, in order. */
  readonly calls: string[]
  readonly failures: unknown[]
  readonly clock: ManualClock
  readonly storage: WatchedStorage
  readonly target: MemoryTarget<string>
  readonly coordinator: CheckpointCoordinator
  readonly piece: (id: number, kind?: CheckpointPart['kind']) => void
  /** The task hands over one piece and acknowledges. */
  readonly answer: (id: number) => void
}

/** Starts it; `given` replaces settings. */
export async function startCoordinator(
  given: Partial<CheckpointConfig> = {},
  lease: Lease = ownLease,
): Promise<StartedCoordinator> {
  const calls: string[] = []
  const failures: unknown[] = []
  const clock = new ManualClock()
  const storage = new WatchedStorage(calls)
  const target = new MemoryTarget<string>()
  const committer = await target.sink().createCommitter({
    jobId: 'job',
    uid: 'out',
    connections: {},
    ports: testPorts(),
  })
  const committers = new SinkCommitters('job', 1, [
    {
      uid: 'out',
      committer: {
        ...committer,
        commit: async (marker) => {
          calls.push(`commit ${marker.checkpointId}`)
          await committer.commit(marker, [`output of ${marker.checkpointId}`])
        },
      },
    },
  ])
  await committers.claimAll()
  const coordinator = new CheckpointCoordinator({
    jobId: 'job',
    epoch: 1,
    graphHash: 'hash',
    operators: [],
    config: { ...config, ...given },
    storage,
    committers,
    lease,
    tasks: {
      count: 1,
      trigger: (id) => calls.push(`trigger ${id}`),
      abort: (id) => calls.push(`abort ${id}`),
      committed: (id) => calls.push(`committed ${id}`),
    },
    ports: testPorts({ clock }),
    parent: undefined,
    firstId: 1,
    onFailure: (error) => failures.push(error),
  })
  const piece = (id: number, kind: CheckpointPart['kind'] = 'keyed') => {
    const bytes = Uint8Array.of(id)
    coordinator.piece(id, owner, kind === 'keyed' ? { kind, bytes, isDelta: false } : { kind, bytes })
  }
  const answer = (id: number) => {
    piece(id)
    coordinator.acknowledge(id)
  }
  return { calls, failures, clock, storage, target, coordinator, piece, answer }
}
