/** What every lease must do: run on real processes and files, and on simulated ones. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lease } from '../../contracts/ports/lease.js'

/** A process that may hold the lease. */
export interface LeaseHolder {
  readonly lease: Lease
  /** SIGKILL. */
  kill(): Promise<void>
  isAlive(): Promise<boolean>
}

/** One free lease, and processes that want it. */
export interface LeaseFixture {
  /** Starts a process on the host `here`, or on another one. */
  start(host: 'here' | 'elsewhere'): Promise<LeaseHolder>
  /** Whether a take-over kills the owner. */
  readonly killsOwner: boolean
  cleanUp(): Promise<void>
}

/** Declares the suite; `open` makes a free lease for each test. */
export function describeLease(name: string, open: () => Promise<LeaseFixture>): void {
  describe(`${name} as a lease`, () => {
    let fixture: LeaseFixture

    beforeEach(async () => {
      fixture = await open()
    })
    afterEach(() => fixture.cleanUp())

    describe('epochs', () => describeEpochs(() => fixture))
    describe('owners', () => describeOwners(() => fixture))
  })
}

const politely = { takeOver: false }
const byForce = { takeOver: true }

function describeEpochs(fixture: () => LeaseFixture): void {
  it('counts from 1, across releases, deaths and restarts', async () => {
    const first = await fixture().start('here')
    expect(await first.lease.acquire(politely)).toBe(1)
    await first.lease.release()
    const second = await fixture().start('here')
    expect(await second.lease.acquire(politely)).toBe(2)
    expect(await second.lease.acquire(politely)).toBe(3)
    await second.kill()
    const third = await fixture().start('here')
    expect(await third.lease.acquire(politely)).toBe(4)
  })

  it('never comes back to an old epoch, however many there were', async () => {
    const holder = await fixture().start('here')
    for (let epoch = 1; epoch <= 25; epoch++) expect(await holder.lease.acquire(politely)).toBe(epoch)
  })

  it('gives an epoch above the one that must not come again, and goes on from there', async () => {
    const holder = await fixture().start('here')
    expect(await holder.lease.acquire(politely)).toBe(1)
    expect(await holder.lease.acquire({ takeOver: false, above: 40 })).toBe(41)
    expect(await holder.lease.acquire({ takeOver: false, above: 7 })).toBe(42)
    await holder.lease.assertCurrent()
    await holder.lease.release()
    expect(await (await fixture().start('here')).lease.acquire(politely)).toBe(43)
  })

  it('gives every epoch once, whoever asks at the same time', async () => {
    const here = await fixture().start('here')
    const elsewhere = await fixture().start('elsewhere')
    const [first, second] = await Promise.all([
      here.lease.acquire(politely),
      elsewhere.lease.acquire(politely),
    ])
    expect([first, second].sort((a, b) => a - b)).toEqual([1, 2])
  })

  it('lets nobody release what it does not hold', async () => {
    const first = await fixture().start('here')
    await first.lease.acquire(politely)
    const second = await fixture().start('here')
    await second.lease.release()
    await expect(second.lease.acquire(politely)).rejects.toMatchObject({ code: 'STREAMCORE_LEASE_HELD' })
  })
}

function describeOwners(fixture: () => LeaseFixture): void {
  it('is refused while its owner lives on this host, saying who that is and what to do', async () => {
    const owner = await fixture().start('here')
    await owner.lease.acquire(politely)
    const other = await fixture().start('here')
    await expect(other.lease.acquire(politely)).rejects.toMatchObject({
      code: 'STREAMCORE_LEASE_HELD',
      message: expect.stringMatching(/pid \d+ on .*--take-over/),
    })
    expect(await owner.isAlive()).toBe(true)
  })

  it('is taken over when that is asked for, and the owner ends where it must', async () => {
    const owner = await fixture().start('here')
    await owner.lease.acquire(politely)
    const other = await fixture().start('here')
    expect(await other.lease.acquire(byForce)).toBe(2)
    expect(await owner.isAlive()).toBe(!fixture().killsOwner)
  })

  it('is taken over at once from a process that died', async () => {
    const owner = await fixture().start('here')
    await owner.lease.acquire(politely)
    await owner.kill()
    const other = await fixture().start('here')
    expect(await other.lease.acquire(politely)).toBe(2)
  })

  it('is taken over at once from another host', async () => {
    const owner = await fixture().start('elsewhere')
    await owner.lease.acquire(politely)
    const other = await fixture().start('here')
    expect(await other.lease.acquire(politely)).toBe(2)
    expect(await owner.isAlive()).toBe(true)
  })

  it('is not taken back by an owner that was overtaken', async () => {
    const owner = await fixture().start('elsewhere')
    await owner.lease.acquire(politely)
    await owner.lease.assertCurrent()
    const other = await fixture().start('here')
    await other.lease.acquire(politely)
    await other.lease.assertCurrent()
    await expect(owner.lease.assertCurrent()).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
    await expect(owner.lease.acquire(byForce)).rejects.toMatchObject({ code: 'STREAMCORE_FENCED' })
    await other.lease.assertCurrent()
  })
}
