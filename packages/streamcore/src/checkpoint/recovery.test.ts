// Tests of recovery plans: each rule and refusal by name, then any course of crashes, zombies and new sinks against a model.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CheckpointManifest, CheckpointRef, CheckpointSlot } from '../contracts/checkpoint-storage.js'
import { claimedFence, type CommitFence, committedFence, markerOf } from '../contracts/commit-fence.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { CommitMarker } from '../contracts/sink.js'
import { simulatedDigest } from '../testing/simulated-digest.js'
import { MemoryCheckpointStorage } from './memory-checkpoint-storage.js'
import { planRecovery, type RecoveryPlan } from './recovery.js'

const jobId = 'job'

function manifest(
  ref: CheckpointRef,
  parent: CheckpointRef | undefined,
  sinks: readonly string[] = ['a', 'b'],
): CheckpointManifest {
  return {
    kind: 'checkpoint',
    formatVersion: 1,
    jobId,
    ...ref,
    parent,
    createdMs: 0,
    graphHash: 'hash',
    operators: sinks.map((uid) => ({ uid, name: uid, parallelism: 1, states: [] })),
    parts: [],
    isFinal: false,
    extra: {},
  }
}

const ref = (id: number, madeBy = 1): CheckpointRef => ({ id, madeBy })
const first = manifest(ref(1), undefined)
const second = manifest(ref(2), ref(1))
const third = manifest(ref(3), ref(2))

/** What a start finds: the checkpoint each sink holds, and the slots. */
function plan(
  held: Readonly<Record<string, CheckpointRef | undefined>>,
  slots: readonly CheckpointSlot[],
  lastCommit?: CheckpointRef,
): RecoveryPlan {
  const markers = new Map(
    Object.entries(held).map(([sinkUid, at]): [string, CommitMarker | undefined] => [
      sinkUid,
      at && { jobId, sinkUid, epoch: 9, checkpointId: at.id, madeBy: at.madeBy },
    ]),
  )
  return planRecovery({ jobId, markers, slots, lastCommit: lastCommit && { ...lastCommit, committedBy: 1 } })
}

const restore = (of: CheckpointManifest, commitIn: readonly string[]): RecoveryPlan => ({
  kind: 'restore',
  manifest: of,
  commitIn,
})

describe('a start', () => {
  it('is fresh when there is nothing', () => {
    expect(plan({ a: undefined, b: undefined }, [])).toEqual({ kind: 'fresh' })
    expect(plan({}, [])).toEqual({ kind: 'fresh' })
    expect(plan({ a: undefined }, [{ kind: 'sealed', id: 1, madeBy: 1 }])).toEqual({ kind: 'fresh' })
  })

  it('restores what all sinks hold', () => {
    expect(plan({ a: ref(2), b: ref(2) }, [first, second], ref(2))).toEqual(restore(second, []))
  })

  it('commits the durable checkpoint that no sink holds yet', () => {
    expect(plan({ a: ref(2), b: ref(2) }, [second, third], ref(2))).toEqual(restore(third, ['a', 'b']))
    expect(plan({ a: undefined, b: undefined }, [first])).toEqual(restore(first, ['a', 'b']))
  })

  it('commits in the sinks behind what another one holds', () => {
    expect(plan({ a: ref(3), b: ref(2) }, [second, third], ref(2))).toEqual(restore(third, ['b']))
    expect(plan({ a: ref(1), b: undefined }, [first])).toEqual(restore(first, ['b']))
  })

  it('takes a checkpoint for the child only of the very one that was committed', () => {
    const ofAnother = manifest(ref(3, 1), ref(2, 1))
    const held = manifest(ref(2, 7), ref(1))
    expect(plan({ a: ref(2, 7), b: ref(2, 7) }, [held, ofAnother])).toEqual(restore(held, []))
  })

  it('restores the newest checkpoint of a job without transactional sinks', () => {
    expect(plan({}, [first, second, { kind: 'sealed', id: 3, madeBy: 2 }], ref(1))).toEqual(
      restore(second, []),
    )
  })

  it('gives a sink that is new in the job its first marker', () => {
    const alone = manifest(ref(2), ref(1), ['a'])
    expect(plan({ a: ref(2), new: undefined }, [alone], ref(2))).toEqual(restore(alone, ['new']))
  })

  it('does not let a new sink hide a durable checkpoint that is not committed yet', () => {
    const committed = manifest(ref(2), ref(1), ['a'])
    const child = manifest(ref(3), ref(2), ['a'])
    expect(plan({ a: ref(2), new: undefined }, [committed, child], ref(2))).toEqual(
      restore(child, ['a', 'new']),
    )
  })

  it('restores the newest checkpoint when all transactional sinks are new', () => {
    const before = [manifest(ref(1), undefined, []), manifest(ref(2), ref(1), [])]
    expect(plan({ a: undefined }, before, ref(2))).toEqual(restore(manifest(ref(2), ref(1), []), ['a']))
  })
})

describe('a start refuses', () => {
  const refusal = (run: () => RecoveryPlan): unknown => {
    try {
      return run()
    } catch (error) {
      return error
    }
  }

  it.each<[string, string, () => RecoveryPlan]>([
    [
      'an empty target of a job that has committed before',
      'STREAMCORE_RESTORE',
      () => plan({ a: undefined, b: undefined }, [second, third], ref(3)),
    ],
    [
      'a state folder whose checkpoints are gone',
      'STREAMCORE_RESTORE',
      () => plan({ a: undefined }, [], ref(2)),
    ],
    [
      'a damaged checkpoint where no other one is left',
      'STREAMCORE_RESTORE',
      () => plan({ a: undefined }, [{ kind: 'damaged', id: 1, reason: 'cut' }]),
    ],
    [
      'a marked checkpoint that is missing',
      'STREAMCORE_CHECKPOINT_MISSING',
      () => plan({ a: ref(4) }, [third]),
    ],
    [
      'a marked checkpoint that is damaged',
      'STREAMCORE_CHECKPOINT_MISSING',
      () => plan({ a: ref(2) }, [{ kind: 'damaged', id: 2, reason: 'cut' }]),
    ],
    [
      'a marked checkpoint of which only the number is right',
      'STREAMCORE_CHECKPOINT_MISSING',
      () => plan({ a: ref(2, 5) }, [manifest(ref(2, 1), ref(1))]),
    ],
    [
      'sinks that are more than one checkpoint apart',
      'STREAMCORE_RESTORE',
      () => plan({ a: ref(3), b: ref(1) }, [second, third]),
    ],
    [
      'a sink that was emptied beside one that was not',
      'STREAMCORE_RESTORE',
      () => plan({ a: ref(2), b: undefined }, [second], ref(2)),
    ],
  ])('%s', (_, code, run) => {
    expect(refusal(run)).toMatchObject({ name: 'TerminalError', code })
  })
})

/** A target: its fence, and the stretches of input whose output it holds. */
interface ModelSink {
  fence: CommitFence | undefined
  readonly stretches: number[]
}

/** A small job: checkpoint after checkpoint, each with the output of one more stretch of input. */
class ModelJob {
  readonly storage = new MemoryCheckpointStorage(simulatedDigest)
  readonly sinks = new Map<string, ModelSink>()
  readonly #reached = new Map<string, number>()
  #epoch = 0

  /** One incarnation; every `yield` is a place where it may be stopped for ever, or for a while. */
  async *incarnation(sinksOfJob: readonly string[]): AsyncGenerator<void, void> {
    // The job as it is when the process begins: no sink is ever taken away again.
    const uids = [...sinksOfJob]
    const epoch = ++this.#epoch
    yield
    const markers = new Map<string, CommitMarker | undefined>()
    for (const uid of uids) {
      markers.set(uid, this.#claim(uid, epoch))
      yield
    }
    const sealed = await this.#seal(epoch)
    if (sealed === undefined) return
    let id = sealed
    yield
    const slots = await this.storage.slots()
    const lastCommit = await this.storage.lastCommit()
    // A start that was stopped meanwhile has read facts of two times; the lease tells.
    if (epoch < this.#epoch) return
    const plan = planRecovery({ jobId, markers, slots, lastCommit })
    yield
    let parent: CheckpointManifest | undefined
    if (plan.kind === 'restore') {
      parent = plan.manifest
      yield* this.#commit(parent, epoch, plan.commitIn)
    }
    for (;;) {
      id++
      const next = manifest({ id, madeBy: epoch }, parent && { id: parent.id, madeBy: parent.madeBy }, uids)
      this.#reached.set(`${id}/${epoch}`, this.#reachedBy(parent) + 1)
      if (!(await this.storage.publish(next))) return
      yield
      yield* this.#commit(next, epoch, uids)
      for (const slot of await this.storage.slots()) {
        if (slot.id < id - 1 && slot.kind !== 'damaged')
          await this.storage.remove({ id: slot.id, madeBy: slot.madeBy })
      }
      yield
      parent = next
    }
  }

  #claim(uid: string, epoch: number): CommitMarker | undefined {
    const sink = this.sinks.get(uid) ?? { fence: undefined, stretches: [] }
    this.sinks.set(uid, sink)
    sink.fence = claimedFence(sink.fence, { jobId, sinkUid: uid }, epoch)
    return markerOf(sink.fence, { jobId, sinkUid: uid })
  }

  /** Undefined when a newer process has been here: the storage then refuses every slot. */
  async #seal(epoch: number): Promise<number | undefined> {
    const id = Math.max(0, ...(await this.storage.slots()).map((slot) => slot.id)) + 1
    return (await this.storage.seal({ kind: 'sealed', id, madeBy: epoch })) ? id : undefined
  }

  async *#commit(of: CheckpointManifest, epoch: number, uids: readonly string[]): AsyncGenerator<void, void> {
    for (const uid of uids) {
      const sink = this.sinks.get(uid)
      if (sink === undefined) continue
      const fence = committedFence(sink.fence, {
        jobId,
        sinkUid: uid,
        epoch,
        checkpointId: of.id,
        madeBy: of.madeBy,
      })
      if (fence !== undefined) {
        sink.fence = fence
        // Only a sink that was in the job when the checkpoint was made has output in it.
        if (of.operators.some((operator) => operator.uid === uid)) sink.stretches.push(this.#reachedBy(of))
      }
      yield
    }
    await this.storage.recordCommit({ id: of.id, madeBy: of.madeBy, committedBy: epoch })
    yield
  }

  #reachedBy(of: CheckpointManifest | undefined): number {
    return of === undefined ? 0 : (this.#reached.get(`${of.id}/${of.madeBy}`) ?? 0)
  }
}

/** A move of the schedule: a process starts with this many sinks, or one that is alive takes some steps. */
type Move =
  | { readonly kind: 'start'; readonly addsSink: boolean }
  | { readonly kind: 'run'; readonly process: number; readonly steps: number }

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('start' as const), addsSink: fc.boolean() }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('run' as const),
        process: fc.nat(5),
        steps: fc.integer({ min: 1, max: 12 }),
      }),
    },
  ),
  { maxLength: 30 },
)

/** Takes steps until a process ends or is fenced; anything else is a failure of the plan. */
async function run(process: AsyncGenerator<void, void>, steps: number): Promise<void> {
  try {
    for (let step = 0; step < steps; step++) if ((await process.next()).done === true) return
  } catch (error) {
    if (error instanceof StreamcoreError && error.code === 'STREAMCORE_FENCED') return
    throw error
  }
}

function expectWhole(job: ModelJob): void {
  for (const [uid, { stretches }] of job.sinks) {
    const from = stretches[0] ?? 1
    if (uid === 's1' || uid === 's2') expect(from).toBe(1)
    expect(stretches).toEqual(stretches.map((_, index) => from + index))
  }
}

describe('any course of crashes, zombies and new sinks', () => {
  it('loses and doubles no output in any sink, and never gets stuck', async () => {
    await fc.assert(
      fc.asyncProperty(moves, async (schedule) => {
        const job = new ModelJob()
        const uids = ['s1', 's2']
        // A process that gets no more steps has crashed; one that gets some late is a zombie.
        const processes = [job.incarnation(uids)]
        for (const move of schedule) {
          if (move.kind === 'start') {
            if (move.addsSink && uids.length < 4) uids.push(`s${uids.length + 1}`)
            processes.unshift(job.incarnation(uids))
          } else {
            const process = processes[move.process % processes.length]
            if (process !== undefined) await run(process, move.steps)
          }
          expectWhole(job)
        }
        const before = Math.max(0, ...[...job.sinks.values()].flatMap(({ stretches }) => stretches))
        await run(job.incarnation(uids), 200)
        expectWhole(job)
        const reached = [...job.sinks.values()].map(({ stretches }) => stretches.at(-1) ?? 0)
        expect(Math.min(...reached)).toBeGreaterThan(before)
        // Every sink holds the same stretch, or the next one.
        expect(Math.max(...reached) - Math.min(...reached)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 300 },
    )
  })
})
