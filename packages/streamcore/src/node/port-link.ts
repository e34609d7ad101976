/**
 * A link between two threads over a message port. Buffers are copied: after the first one that is handed over V8 looks at every
 * access to any typed array of the thread whether its buffer is still there, and users' loops take half as long again.
 */
import type { MessagePort, Worker } from 'node:worker_threads'
import { StreamcoreError } from '../contracts/errors.js'
import type { TransportLink } from '../contracts/ports/transport.js'

/** A link over one of two entangled ports. */
export function portLink(port: MessagePort): TransportLink {
  return {
    send: (bytes) => port.postMessage(ownBytes(bytes)),
    receive: (listener) => void port.on('message', (message: unknown) => listener(bytesOf(message))),
    close: () => port.close(),
  }
}

/** A link to a worker over its own port. */
export function workerLink(worker: Worker): TransportLink {
  return {
    send: (bytes) => worker.postMessage(ownBytes(bytes)),
    receive: (listener) => void worker.on('message', (message: unknown) => listener(bytesOf(message))),
    // The port ends with its worker.
    close: () => {},
  }
}

/** A view would be copied with all of its buffer. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer.byteLength === bytes.length) return bytes
  throw new StreamcoreError('STREAMCORE_ASSERTION', 'Expected bytes with a buffer of their own, got a view')
}

function bytesOf(message: unknown): Uint8Array {
  if (message instanceof Uint8Array) return message
  throw new StreamcoreError(
    'STREAMCORE_ASSERTION',
    `Expected bytes from another thread, got ${typeof message}`,
  )
}
