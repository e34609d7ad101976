/** A link between two threads over a message port: buffers are handed over, not copied. */
import type { MessagePort, Worker } from 'node:worker_threads'
import { StreamcoreError } from '../contracts/errors.js'
import type { TransportLink } from '../contracts/ports/transport.js'

/** A link over one of two entangled ports. */
export function portLink(port: MessagePort): TransportLink {
  return {
    send: (bytes) => port.postMessage(bytes, [bufferOf(bytes)]),
    receive: (listener) => void port.on('message', (message: unknown) => listener(bytesOf(message))),
    close: () => port.close(),
  }
}

/** A link to a worker over its own port. */
export function workerLink(worker: Worker): TransportLink {
  return {
    send: (bytes) => worker.postMessage(bytes, [bufferOf(bytes)]),
    receive: (listener) => void worker.on('message', (message: unknown) => listener(bytesOf(message))),
    // The port ends with its worker.
    close: () => {},
  }
}

/** Only a buffer that belongs to these bytes alone can be handed over. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) return buffer
  throw new StreamcoreError('STREAMCORE_ASSERTION', 'Expected bytes with a buffer of their own, got a view')
}

function bytesOf(message: unknown): Uint8Array {
  if (message instanceof Uint8Array) return message
  throw new StreamcoreError(
    'STREAMCORE_ASSERTION',
    `Expected bytes from another thread, got ${typeof message}`,
  )
}
