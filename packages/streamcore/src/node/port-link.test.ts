// Links over the message ports of this platform.
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { describeTransport } from '../testing/contracts/transport.contract.js'
import { portLink } from './port-link.js'

describeTransport('a message port', async () => {
  const { port1, port2 } = new MessageChannel()
  return {
    first: portLink(port1),
    second: portLink(port2),
    settle: async (promise) => await promise,
    cleanUp: async () => port1.close(),
  }
})

describe('portLink', () => {
  it('leaves the buffer it sends where it is: one that is taken away slows down all typed arrays of its thread', () => {
    const { port1 } = new MessageChannel()
    const link = portLink(port1)
    const bytes = new Uint8Array(8)
    link.send(bytes)
    expect(bytes.byteLength).toBe(8)
    link.close()
  })

  it('refuses a view of a larger buffer, which would be copied as a whole', () => {
    const { port1 } = new MessageChannel()
    const link = portLink(port1)
    expect(() => link.send(new Uint8Array(8).subarray(1))).toThrow('a buffer of their own')
    link.close()
  })
})
