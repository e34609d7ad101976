/** What every link between threads must do: run on real message ports, and on simulated links. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TransportLink } from '../../contracts/ports/transport.js'
import { nextMacrotask } from '../turn-scheduler.js'

/** Both ends of a fresh link. */
export interface TransportFixture {
  readonly first: TransportLink
  readonly second: TransportLink
  /** Lets the world of the link go on until the promise is settled. */
  settle<T>(promise: Promise<T>): Promise<T>
  cleanUp(): Promise<void>
}

/** Declares the suite; `open` makes a fresh link for each test. */
export function describeTransport(name: string, open: () => Promise<TransportFixture>): void {
  describe(`${name} as a link between threads`, () => {
    let fixture: TransportFixture

    beforeEach(async () => {
      fixture = await open()
    })
    afterEach(() => fixture.cleanUp())

    it('delivers everything once, in the order in which it was sent', async () => {
      const { first, second, settle } = fixture
      const received = receiving(second, 300)
      for (let number = 0; number < 300; number++) first.send(Uint8Array.of(number & 255, number >> 8))
      const numbers = (await settle(received)).map((bytes) => (bytes[0] ?? 0) + 256 * (bytes[1] ?? 0))
      expect(numbers).toEqual(Array.from({ length: 300 }, (_, number) => number))
    })

    it('carries both ways at once', async () => {
      const { first, second, settle } = fixture
      const [atFirst, atSecond] = [receiving(first, 2), receiving(second, 1)]
      second.send(Uint8Array.of(1))
      first.send(Uint8Array.of(2))
      second.send(Uint8Array.of(3))
      expect(await settle(atFirst)).toEqual([Uint8Array.of(1), Uint8Array.of(3)])
      expect(await settle(atSecond)).toEqual([Uint8Array.of(2)])
    })

    it('keeps what comes before anybody listens', async () => {
      const { first, second, settle } = fixture
      first.send(Uint8Array.of(1))
      // An answer shows that the first message had its time.
      second.send(Uint8Array.of(2))
      await settle(receiving(first, 1))
      expect(await settle(receiving(second, 1))).toEqual([Uint8Array.of(1)])
    })

    it('delivers bytes as they were when they were sent', async () => {
      const { first, second, settle } = fixture
      const received = receiving(second, 1)
      const bytes = Uint8Array.of(1, 2, 3)
      first.send(bytes)
      // A link may also take them away: then there is nothing left to change.
      for (let index = 0; index < bytes.length; index++) bytes[index] = 9
      expect(await settle(received)).toEqual([Uint8Array.of(1, 2, 3)])
    })

    it('delivers empty messages and large ones', async () => {
      const { first, second, settle } = fixture
      const large = new Uint8Array(1 << 20).fill(7)
      const received = receiving(second, 2)
      first.send(new Uint8Array())
      first.send(large)
      const sizes = (await settle(received)).map((bytes) => bytes.reduce((sum, byte) => sum + byte, 0))
      expect(sizes).toEqual([0, 7 << 20])
    })

    it('delivers nothing that is sent after the end', async () => {
      const { first, second, settle } = fixture
      const received: Uint8Array[] = []
      const one = new Promise<void>((resolve) => {
        second.receive((bytes) => {
          received.push(bytes)
          resolve()
        })
      })
      first.send(Uint8Array.of(1))
      await settle(one)
      first.close()
      first.send(Uint8Array.of(2))
      await nextMacrotask()
      expect(received).toEqual([Uint8Array.of(1)])
    })
  })
}

/** The first `count` messages. */
function receiving(link: TransportLink, count: number): Promise<readonly Uint8Array[]> {
  const received: Uint8Array[] = []
  return new Promise((resolve) => {
    link.receive((bytes) => {
      received.push(bytes)
      if (received.length === count) resolve(received)
    })
  })
}
