/** What every transactional sink must do, whatever it writes to. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connections } from '../../contracts/connection.js'
import type { Ports } from '../../contracts/ports/ports.js'
import type { CommitMarker, Committer, SinkWriter, TwoPhaseCommitSink } from '../../contracts/sink.js'

/** A sink under test over a fresh target. */
export interface TwoPhaseCommitSinkFixture<T, C> {
  readonly sink: TwoPhaseCommitSink<T, C>
  readonly connections: Connections
  readonly ports: Ports
  /** The record of this number; records of different numbers differ. */
  record(number: number): T
  /** The numbers of all records that a reader of the target sees, in any order. */
  committed(): Promise<readonly number[]>
  cleanUp(): Promise<void>
}

const id = { jobId: 'job', sinkUid: 'sink' }

/** Declares the suite; `open` makes a fresh target for each test. */
export function describeTwoPhaseCommitSink<T, C>(
  name: string,
  open: () => Promise<TwoPhaseCommitSinkFixture<T, C>>,
): void {
  describe(`${name} as a two-phase commit sink`, () => {
    let rig: SinkRig<T, C>

    beforeEach(async () => {
      rig = new SinkRig(await open())
    })
    afterEach(() => rig.close())

    describe('writers', () => describeWriters(() => rig))
    describe('commits', () => describeCommits(() => rig))
    describe('fencing', () => describeFencing(() => rig))
  })
}

function describeWriters<T, C>(rig: () => SinkRig<T, C>): void {
  it('show nothing before the commit and everything after it', async () => {
    const committer = await rig().committer(1)
    const committables = await rig().prepared(1, [1, 2, 3])
    expect(await rig().committed()).toEqual([])
    await committer.commit(markerOf(1, 1), committables)
    expect(await rig().committed()).toEqual([1, 2, 3])
  })

  it('hand over what was written since the last call, and count what was not', async () => {
    const writer = await rig().writer(0)
    expect(writer.pendingBytes()).toBe(0)
    rig().write(writer, [1, 2])
    expect(writer.pendingBytes()).toBeGreaterThan(0)
    const first = await writer.prepareCommit(1)
    expect(writer.pendingBytes()).toBe(0)
    rig().write(writer, [3])
    const second = await writer.prepareCommit(2)
    const committer = await rig().committer(1)
    await committer.commit(markerOf(1, 1), first)
    expect(await rig().committed()).toEqual([1, 2])
    await committer.commit(markerOf(1, 2), second)
    expect(await rig().committed()).toEqual([1, 2, 3])
  })

  it('lose what was not handed over, so that a restored job writes it again', async () => {
    rig().write(await rig().writer(0), [1])
    const committer = await rig().committer(1)
    await committer.commit(markerOf(1, 1), await rig().prepared(1, [1]))
    expect(await rig().committed()).toEqual([1])
  })
}

function describeCommits<T, C>(rig: () => SinkRig<T, C>): void {
  it('hold the records of all subtasks', async () => {
    const committables = [...(await rig().prepared(1, [1, 2], 0)), ...(await rig().prepared(1, [3], 1))]
    const committer = await rig().committer(1)
    await committer.commit(markerOf(1, 1), committables)
    expect(await rig().committed()).toEqual([1, 2, 3])
  })

  it('of nothing still move the marker', async () => {
    const committer = await rig().committer(1)
    await committer.commit(markerOf(1, 4), [])
    expect(await (await rig().committer(2)).claim(2)).toMatchObject({ ...id, checkpointId: 4, madeBy: 1 })
    expect(await rig().committed()).toEqual([])
  })

  it('may be repeated by the same and by the next incarnation without a second effect', async () => {
    const committables = await rig().prepared(1, [1, 2])
    const committer = await rig().committer(1)
    await committer.commit(markerOf(1, 1), committables)
    await committer.commit(markerOf(1, 1), committables)
    const next = await rig().committer(2)
    await next.commit({ ...markerOf(2, 1), madeBy: 1 }, committables)
    expect(await rig().committed()).toEqual([1, 2])
  })

  it('can be done by a later incarnation from the stored committables', async () => {
    await rig().committer(1)
    const committables = await rig().prepared(1, [1, 2])
    const next = await rig().committer(2)
    await next.commit({ ...markerOf(2, 1), madeBy: 1 }, committables)
    expect(await rig().committed()).toEqual([1, 2])
    expect(await (await rig().committer(3)).claim(3)).toMatchObject({ checkpointId: 1, madeBy: 1 })
  })
}

function describeFencing<T, C>(rig: () => SinkRig<T, C>): void {
  it('gives no marker while nothing was committed', async () => {
    await rig().committer(1)
    expect(await (await rig().committer(2)).claim(2)).toBeUndefined()
  })

  it('refuses commits and claims of an older incarnation and keeps its records out', async () => {
    const committables = await rig().prepared(1, [1])
    const old = await rig().committer(1)
    await rig().committer(2)
    const commit = old.commit(markerOf(1, 1), committables)
    await expect(commit).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
    await expect(old.claim(1)).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
    expect(await rig().committed()).toEqual([])
  })

  it('refuses a checkpoint below the one that the target holds', async () => {
    const committer = await rig().committer(1)
    await committer.commit(markerOf(1, 5), await rig().prepared(5, [1]))
    const back = committer.commit(markerOf(1, 4), await rig().prepared(4, [2]))
    await expect(back).rejects.toMatchObject({ code: 'STREAMCORE_RESTORE' })
    expect(await rig().committed()).toEqual([1])
  })
}

function markerOf(epoch: number, checkpointId: number): CommitMarker {
  return { ...id, epoch, checkpointId, madeBy: epoch }
}

/** A fixture with the writers and committers that a test opened, which it closes in the end. */
class SinkRig<T, C> {
  readonly #fixture: TwoPhaseCommitSinkFixture<T, C>
  readonly #opened: { close(): Promise<void> }[] = []

  constructor(fixture: TwoPhaseCommitSinkFixture<T, C>) {
    this.#fixture = fixture
  }

  async writer(subtaskIndex: number): Promise<SinkWriter<T, C>> {
    const { sink, connections, ports } = this.#fixture
    const context = { jobId: id.jobId, uid: id.sinkUid, connections, ports, subtaskIndex, epoch: 1 }
    const writer = await sink.createWriter(context)
    this.#opened.push(writer)
    return writer
  }

  write(writer: SinkWriter<T, C>, numbers: readonly number[]): void {
    for (const number of numbers) writer.write(this.#fixture.record(number), number)
  }

  /** What a writer hands over for these records, as it comes back from a checkpoint. */
  async prepared(checkpointId: number, numbers: readonly number[], subtaskIndex = 0): Promise<readonly C[]> {
    const writer = await this.writer(subtaskIndex)
    this.write(writer, numbers)
    return structuredClone(await writer.prepareCommit(checkpointId))
  }

  /** A committer that has claimed with this epoch. */
  async committer(epoch: number): Promise<Committer<C>> {
    const { sink, connections, ports } = this.#fixture
    const committer = await sink.createCommitter({ jobId: id.jobId, uid: id.sinkUid, connections, ports })
    this.#opened.push(committer)
    await committer.claim(epoch)
    return committer
  }

  async committed(): Promise<readonly number[]> {
    return [...(await this.#fixture.committed())].sort((a, b) => a - b)
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.splice(0)) await opened.close()
    await this.#fixture.cleanUp()
  }
}
