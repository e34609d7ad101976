// Tests of the committers of a job: one marker per sink and checkpoint, every lower epoch fenced.
import { describe, expect, it } from 'vitest'
import { MemoryTarget } from '../testing/memory-target.js'
import { testPorts } from '../testing/test-ports.js'
import { SinkCommitters } from './sink-committers.js'

const context = { jobId: 'job', uid: 'out', connections: {}, ports: testPorts() }

/** The committers of one incarnation over a target per sink. */
async function committers(epoch: number, targets: Readonly<Record<string, MemoryTarget<string>>>) {
  const sinks = await Promise.all(
    Object.entries(targets).map(async ([uid, target]) => {
      const committer = await target.sink().createCommitter(context)
      return {
        uid,
        committer: {
          ...committer,
          commit: (marker: Parameters<typeof committer.commit>[0], output: readonly unknown[]) =>
            committer.commit(marker, output.map(String)),
        },
      }
    }),
  )
  return new SinkCommitters('job', epoch, sinks)
}

describe('SinkCommitters', () => {
  it('give every sink a marker, also without output', async () => {
    const targets = { a: new MemoryTarget<string>(), b: new MemoryTarget<string>() }
    const sinks = await committers(3, targets)
    expect([...(await sinks.claimAll())]).toEqual([
      ['a', undefined],
      ['b', undefined],
    ])
    await sinks.commit({ id: 7, madeBy: 2 }, new Map([['a', ['x']]]))
    expect(targets.a.committed).toEqual(['x'])
    const marker = { jobId: 'job', epoch: 3, checkpointId: 7, madeBy: 2 }
    expect([...(await sinks.claimAll())]).toEqual([
      ['a', { ...marker, sinkUid: 'a' }],
      ['b', { ...marker, sinkUid: 'b' }],
    ])
  })

  it('commit only in the sinks named, where some are named', async () => {
    const targets = { a: new MemoryTarget<string>(), b: new MemoryTarget<string>() }
    const sinks = await committers(1, targets)
    await sinks.claimAll()
    await sinks.commit(
      { id: 1, madeBy: 1 },
      new Map([
        ['a', ['x']],
        ['b', ['y']],
      ]),
      ['b'],
    )
    expect([targets.a.commits.length, targets.b.committed]).toEqual([0, ['y']])
  })

  it('of an older epoch can no longer commit', async () => {
    const targets = { a: new MemoryTarget<string>() }
    const older = await committers(1, targets)
    await older.claimAll()
    const newer = await committers(2, targets)
    await newer.claimAll()
    await expect(older.commit({ id: 1, madeBy: 1 }, new Map())).rejects.toMatchObject({
      code: 'STREAMCORE_FENCED',
    })
  })

  it('are all closed although one fails', async () => {
    const closed: string[] = []
    const closing = (uid: string) => ({
      uid,
      committer: {
        claim: async () => undefined,
        commit: async () => {},
        close: async () => {
          closed.push(uid)
          if (uid === 'a') throw new Error('a does not close')
        },
      },
    })
    const sinks = new SinkCommitters('job', 1, [closing('a'), closing('b')])
    await expect(sinks.close()).rejects.toMatchObject({ errors: [{ message: 'a does not close' }] })
    expect(closed).toEqual(['a', 'b'])
  })
})
