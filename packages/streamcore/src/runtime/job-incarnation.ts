/** One incarnation of a job: fence, recover, build, run, checkpoint, close. A failure ends it; the next one has a higher epoch. */
import { CheckpointCoordinator } from '../checkpoint/checkpoint-coordinator.js'
import { planRecovery, type RecoveryPlan } from '../checkpoint/recovery.js'
import { RestoredState } from '../checkpoint/restored-state.js'
import { type SinkCommitter, SinkCommitters } from '../checkpoint/sink-committers.js'
import { assert } from '../contracts/assert.js'
import type { CheckpointManifest, CheckpointStorage } from '../contracts/checkpoint-storage.js'
import { RetryableError } from '../contracts/errors.js'
import type { SinkContext } from '../contracts/sink.js'
import { type SavepointTarget, writeSavepoint, type WrittenSavepoint } from '../checkpoint/savepoint.js'
import { type JobGraph, parallelismOfNode } from '../graph/job-graph.js'
import type { PoisonRecords } from '../operators/poison-records.js'
import type { SplitSnapshot } from '../operators/source/split-state.js'
import type { RunOptions } from './job-options.js'
import type { JobTasks, JobTasksListener } from './job-tasks.js'
import { LocalTasks } from './local-tasks.js'
import { lineageExtraAfter } from '../checkpoint/lineage.js'
import { openSavepointStart, type SavepointStart } from './savepoint-start.js'
import { assertRestorable } from './restore-check.js'
import { operatorManifests } from './restore-plan.js'
import { SourceCoordinator } from './source-coordinator.js'
import { type StateQuery, subtaskOfQuery } from './query-state.js'
import { WorkerTasks } from './worker/worker-tasks.js'

/** Slots sealed in a row before a start gives up: each means that another incarnation published meanwhile. */
const maxSealAttempts = 100

/** How an incarnation ended without a failure. */
export type IncarnationEnd = 'finished' | 'stopped' | 'cancelled'

/** Options of {@link JobIncarnation}. */
export interface JobIncarnationOptions {
  readonly jobGraph: JobGraph
  readonly run: RunOptions
  readonly poison: PoisonRecords
}

/** Runs a job once. */
export class JobIncarnation {
  readonly #options: JobIncarnationOptions
  readonly #tasks: JobTasks
  readonly #abort = new AbortController()
  #storage: CheckpointStorage | undefined
  #committers: SinkCommitters | undefined
  #coordinator: CheckpointCoordinator | undefined
  #sources: SourceCoordinator[] = []
  #epoch = 0
  #hasRun = false
  /** Savepoints being written; settles without failing. */
  #copying: Promise<unknown> = Promise.resolve()
  #end: IncarnationEnd = 'finished'
  /** The sinks hold more uncommitted output than they should. */
  #holdsTooMuch = false
  #isRelieving = false
  /** Remembered, because a job may be asked to drain before its tasks exist. */
  #isDraining = false

  constructor(options: JobIncarnationOptions) {
    this.#options = options
    const listener: JobTasksListener = {
      piece: (...piece) => this.#coordinator?.piece(...piece),
      committables: (...output) => this.#coordinator?.committables(...output),
      acknowledge: (...share) => this.#coordinator?.acknowledge(...share),
      pendingOutput: (pendingBytes) => this.#judgePendingOutput(pendingBytes),
    }
    const { workers } = options.run
    this.#tasks =
      workers === undefined
        ? new LocalTasks({ ...options, listener })
        : new WorkerTasks({ ...options, listener, workers })
  }

  /** The coordinator once the incarnation runs. */
  get coordinator(): CheckpointCoordinator | undefined {
    return this.#coordinator
  }

  /** Whether it came as far as taking records: every connection it needs was there. */
  get hasRun(): boolean {
    return this.#hasRun
  }

  /** Whether it takes records now. */
  get isRunning(): boolean {
    return this.#hasRun && !this.#abort.signal.aborted
  }

  /** Runs to the end of input, or until it is stopped; throws the first failure. */
  async run(): Promise<IncarnationEnd> {
    try {
      await this.#start()
      return await this.#runTasks()
    } finally {
      this.#abort.abort()
      this.#coordinator?.stop()
    }
  }

  /** Takes a checkpoint, commits it and ends. With `drain` the sources end first, so that windows and timers fire. */
  async stop(options: { readonly drain: boolean }): Promise<void> {
    if (options.drain) {
      this.#isDraining = true
      this.#tasks.drainSources()
      return
    }
    this.#end = 'stopped'
    if (!this.#hasRun) {
      // Nothing follows what was restored, and that is committed by the time the tasks would run.
      this.#tasks.stop()
      return
    }
    this.#tasks.haltSources()
    try {
      await this.#coordinator?.lastCheckpoint({ isFinal: false })
    } catch (error) {
      // Halted sources would never go on.
      this.#tasks.fail(error)
      throw error
    }
    this.#tasks.stop()
  }

  /** Takes a checkpoint and copies it once it is committed; meanwhile it is not removed, and the job goes on. */
  async savepoint(target: SavepointTarget): Promise<WrittenSavepoint> {
    const [coordinator, storage] = [this.#coordinator, this.#storage]
    assert(coordinator !== undefined && storage !== undefined, 'the job was started')
    const { id } = await coordinator.checkpointNow()
    const release = coordinator.hold(id)
    try {
      const manifest = (await storage.slots()).find((slot) => slot.id === id)
      assert(manifest?.kind === 'checkpoint', 'the newest checkpoint is there')
      const copying = writeSavepoint(storage, manifest, target)
      this.#copying = Promise.allSettled([this.#copying, copying])
      return await copying
    } finally {
      release()
    }
  }

  /**
   * What a running operator holds for a key.
   * @throws StreamcoreError `STREAMCORE_CONFIG` when there is no such operator or state
   */
  async queryState(query: StateQuery): Promise<unknown> {
    return await this.#tasks.queryState(query, subtaskOfQuery(this.#options.jobGraph, query))
  }

  /** Ends without a checkpoint. */
  cancel(): void {
    this.#end = 'cancelled'
    this.#tasks.stop()
  }

  /**
   * Jobs without durable state have nothing to come back to: what was emitted before the failing record is committed, so
   * that it is delivered before the error is reported.
   */
  async deliverBeforeFailure(): Promise<void> {
    // A commit under way would put the same output into the target a second time.
    await this.#coordinator?.settled()
    const ref = { id: this.#coordinator?.nextId ?? 1, madeBy: this.#epoch }
    const output = await this.#tasks.lastOutput(ref.id)
    if (output !== undefined) await this.#committers?.commit(ref, output)
  }

  /** Closes everything; errors are collected and never hide the reason of the end. */
  async close(): Promise<void> {
    // A commit under way still uses committers and storage.
    await this.#coordinator?.settled()
    await this.#copying
    const results = await Promise.allSettled([
      this.#tasks.close(),
      ...this.#sources.map((source) => source.close()),
      this.#committers?.close(),
      this.#storage?.close(),
    ])
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (errors.length > 0) throw new AggregateError(errors, 'Closing the job failed')
  }

  /** Fences everybody else, recovers, and builds the tasks. */
  async #start(): Promise<void> {
    const { run } = this.#options
    run.onPhase?.('restoring')
    const savepoint = await openSavepointStart(run, this.#options.jobGraph)
    try {
      this.#epoch = await run.lease.acquire({ takeOver: run.takeOver, above: savepoint?.madeBy ?? 0 })
      await this.#startInEpoch(savepoint)
    } finally {
      await savepoint?.close()
    }
  }

  async #startInEpoch(savepoint: SavepointStart | undefined): Promise<void> {
    try {
      await this.#recoverAndBuild(savepoint)
    } catch (error) {
      // What is missing may have been removed by a successor: then this incarnation is fenced, and nothing is damaged.
      await this.#options.run.lease.assertCurrent()
      throw error
    }
  }

  async #recoverAndBuild(savepoint: SavepointStart | undefined): Promise<void> {
    const { run, jobGraph } = this.#options
    const storage = await run.openStorage()
    this.#storage = storage
    const sinks = await this.#createCommitters()
    this.#committers = new SinkCommitters(run.jobId, this.#epoch, sinks)
    const origin = savepoint?.hasBegun(await storage.slots()) === false ? savepoint : undefined
    if (origin !== undefined) {
      const lastCommit = await storage.lastCommit()
      this.#epoch = await origin.epochAbove(this.#epoch, sinks, lastCommit)
      this.#committers = new SinkCommitters(run.jobId, this.#epoch, sinks)
    }
    const markers = await this.#committers.claimAll()
    const sealedId = await this.#seal(storage, origin?.idFloor(markers) ?? 0)
    const slots = await storage.slots()
    const lastCommit = await storage.lastCommit()
    // What a process reads after it was stopped for a while belongs to two times; whoever still holds the lease read one.
    await run.lease.assertCurrent()
    const facts = { jobId: run.jobId, markers, slots, lastCommit }
    const ref = { id: sealedId + 1, madeBy: this.#epoch }
    const plan = planRecovery((await origin?.begin(facts, storage, ref)) ?? facts)
    const restored = await this.#recover(plan, storage)
    await storage.removeOrphans(this.#epoch)
    const firstId = origin === undefined ? sealedId + 1 : ref.id + 1
    this.#coordinator = this.#createCoordinator(storage, restored?.manifest, firstId)
    await this.#build(jobGraph, restored)
  }

  async #createCommitters(): Promise<readonly SinkCommitter[]> {
    const committers: SinkCommitter[] = []
    const { jobGraph } = this.#options
    for (const node of jobGraph.nodes) {
      const binding = jobGraph.streamGraph.bindings.get(node.id)
      if (node.kind !== 'sink' || binding?.kind !== 'sink' || binding.sink.delivery !== 'exactly-once')
        continue
      committers.push({
        uid: node.uid,
        committer: await binding.sink.createCommitter(this.#context(node.uid)),
      })
    }
    return committers
  }

  #context(uid: string): SinkContext {
    const { run } = this.#options
    return { jobId: run.jobId, uid, connections: run.connections, ports: run.ports }
  }

  /** Closes the next slot, so that no older incarnation can publish a checkpoint we have not seen. */
  async #seal(storage: CheckpointStorage, above: number): Promise<number> {
    for (let attempt = 0; attempt < maxSealAttempts; attempt++) {
      const id = Math.max(above, ...(await storage.slots()).map((slot) => slot.id)) + 1
      if (await storage.seal({ kind: 'sealed', id, madeBy: this.#epoch })) return id
    }
    throw new RetryableError(
      'STREAMCORE_LEASE_HELD',
      `Expected to seal a slot within ${maxSealAttempts} attempts, but other incarnations of '${this.#options.run.jobId}' kept publishing`,
    )
  }

  async #recover(plan: RecoveryPlan, storage: CheckpointStorage): Promise<RestoredState | undefined> {
    if (plan.kind === 'fresh') return undefined
    const { run, jobGraph } = this.#options
    const { manifest, commitIn } = plan
    assertRestorable(manifest, jobGraph, run)
    const restored = new RestoredState(storage, manifest)
    if (commitIn.length > 0) {
      const committables = new Map<string, readonly unknown[]>()
      for (const uid of commitIn) committables.set(uid, await restored.pendingOutput(uid))
      await this.#committers?.commit(manifest, committables, commitIn)
    }
    await storage.recordCommit({ id: manifest.id, madeBy: manifest.madeBy, committedBy: this.#epoch })
    run.ports.logger.info(`restored checkpoint ${manifest.id}`, {
      committed: commitIn.join(' '),
      chainLength: restored.chainLength,
      madeBy: manifest.madeBy,
    })
    return restored
  }

  #createCoordinator(
    storage: CheckpointStorage,
    manifest: CheckpointManifest | undefined,
    firstId: number,
  ): CheckpointCoordinator {
    const { run, jobGraph } = this.#options
    assert(this.#committers !== undefined, 'sinks are fenced before the coordinator is made')
    return new CheckpointCoordinator({
      jobId: run.jobId,
      epoch: this.#epoch,
      graphHash: jobGraph.hash,
      operators: operatorManifests(jobGraph),
      config: run.checkpoint,
      storage,
      committers: this.#committers,
      lease: run.lease,
      tasks: {
        count: jobGraph.vertices.reduce((sum, vertex) => sum + vertex.parallelism, 0),
        trigger: (barrierId) => this.#tasks.triggerCheckpoint(barrierId),
        abort: (barrierId) => this.#tasks.abortCheckpoint(barrierId),
        committed: (barrierId) => this.#tasks.checkpointCommitted(barrierId),
      },
      ports: run.ports,
      parent: manifest === undefined ? undefined : { id: manifest.id, madeBy: manifest.madeBy },
      firstId,
      extra: lineageExtraAfter(manifest),
      onFailure: this.#fail,
      ...(run.onPhase === undefined ? {} : { onPhase: run.onPhase }),
    })
  }

  /** The sink never refuses what is in flight; instead the sources wait until a checkpoint has committed. */
  #judgePendingOutput(pendingBytes: number): void {
    this.#holdsTooMuch = pendingBytes > this.#options.run.maxPendingBytes
    this.#tasks.pauseSources(this.#holdsTooMuch)
    if (this.#holdsTooMuch) void this.#relieve()
  }

  /** One checkpoint after the other, the first when the one under way is over, until the sources may go on. */
  async #relieve(): Promise<void> {
    const coordinator = this.#coordinator
    if (this.#isRelieving || coordinator === undefined) return
    this.#isRelieving = true
    do await coordinator.settled()
    while (this.#holdsTooMuch && (await coordinator.tryCheckpoint()))
    this.#isRelieving = false
  }

  readonly #fail = (error: unknown): void => this.#tasks.fail(error)

  async #build(jobGraph: JobGraph, restored: RestoredState | undefined): Promise<void> {
    await this.#tasks.build({ epoch: this.#epoch, restored })
    for (const node of jobGraph.nodes) {
      const binding = jobGraph.streamGraph.bindings.get(node.id)
      if (node.kind !== 'source' || binding?.kind !== 'source') continue
      const states = (await restored?.operatorStates<readonly SplitSnapshot[]>(node.uid)) ?? []
      const source = new SourceCoordinator({
        source: binding.source,
        context: this.#context(node.uid),
        receivers: Array.from({ length: parallelismOfNode(jobGraph, node.id) }, (_, subtaskIndex) =>
          this.#tasks.splitReceiver(node.uid, subtaskIndex),
        ),
        // A job that had read all its input goes on with what was added since.
        restored: states
          .flat()
          .map((split) => (restored?.manifest.isFinal ? { ...split, hasEnded: false } : split)),
        onFailure: this.#fail,
      })
      this.#sources.push(source)
      await source.start()
    }
  }

  async #runTasks(): Promise<IncarnationEnd> {
    const coordinator = this.#coordinator
    assert(coordinator !== undefined, 'the job was started')
    this.#hasRun = true
    const background = [
      coordinator.runPeriodically(this.#abort.signal),
      ...this.#sources.map((source) => source.runPeriodically(this.#abort.signal)),
    ]
    for (const work of background) work.catch(this.#fail)
    if (this.#isDraining) this.#tasks.drainSources()
    this.#options.run.onPhase?.('running')
    const end = await this.#tasks.run()
    if (end === 'stopped') return this.#end
    await this.#tasks.runUntil(coordinator.lastCheckpoint({ isFinal: true }))
    return 'finished'
  }
}
