/** The control socket of a running job: lines of JSON over a Unix socket that only its own user may open. */
import { chmod, rename, rm, stat } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { isMainThread } from 'node:worker_threads'
import { messageOf, StreamcoreError } from '../../contracts/errors.js'
import { answerRequest, type ControlledJob } from './answer-request.js'
import { type ControlPlace, makeControlPlace, removeControlPlace } from './control-place.js'
import { type ControlAnswer, parseRequest } from './control-request.js'

const connectionsMax = 16
const requestLengthMax = 64 * 1_024
/** Requests under way, of all connections. */
const requestsMax = 64

/** Listens until it is closed. It never keeps a process alive. */
export class ControlServer {
  readonly #job: ControlledJob
  readonly #stateFolder: string
  readonly #place: ControlPlace
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #answers = new Set<Promise<void>>()
  #inode = 0

  private constructor(job: ControlledJob, stateFolder: string, place: ControlPlace) {
    this.#job = job
    this.#stateFolder = stateFolder
    this.#place = place
    this.#server = createServer((socket) => this.#connected(socket))
    this.#server.maxConnections = connectionsMax
    this.#server.unref()
  }

  /** Opens the socket; to be called by the process that holds the job's lease. */
  static async open(job: ControlledJob, stateFolder: string): Promise<ControlServer> {
    const server = new ControlServer(job, stateFolder, await makeControlPlace(stateFolder))
    await server.#listen()
    return server
  }

  /** Waits for the answers under way and closes. The socket of a newer process at the same place stays. */
  async close(): Promise<void> {
    const isClosed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    await Promise.allSettled(this.#answers)
    for (const socket of this.#sockets) socket.end()
    await isClosed
    const { path } = this.#place
    if ((await inodeOf(path)) === this.#inode) await rm(path, { force: true })
    await removeControlPlace(this.#place, this.#stateFolder)
  }

  async #listen(): Promise<void> {
    const { path } = this.#place
    // Node.js removes the name it bound when it closes; under a name of its own that can never be a successor's socket.
    const bound = join(dirname(path), `control-${process.pid}.sock`)
    await rm(bound, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      // Nobody else may open it, not even for the moment before its mode is set.
      const mask = isMainThread ? process.umask(0o177) : undefined
      this.#server.listen(bound, resolve)
      if (mask !== undefined) process.umask(mask)
    })
    this.#server.on('error', () => {})
    await chmod(bound, 0o600)
    this.#inode = (await inodeOf(bound)) ?? 0
    await rename(bound, path)
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    // A client that went away misses its answer, no more.
    socket.on('error', () => socket.destroy())
    let received = 0
    socket.on('data', (chunk) => {
      received += chunk.length
      if (received > requestLengthMax) socket.destroy()
    })
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })
    lines.on('error', () => socket.destroy())
    lines.on('line', (line) => {
      received = 0
      if (this.#answers.size >= requestsMax) {
        socket.destroy()
        return
      }
      const answer = this.#answer(line).then((text) => {
        if (!socket.destroyed) socket.write(`${JSON.stringify(text)}\n`)
      })
      this.#answers.add(answer)
      void answer.finally(() => this.#answers.delete(answer))
    })
  }

  async #answer(line: string): Promise<ControlAnswer> {
    const request = parseRequest(line)
    if (request === undefined) {
      const message =
        'Expected a request with `command` status, savepoint, stop, rescale or state and its fields'
      return { ok: false, code: 'STREAMCORE_CONFIG', message }
    }
    try {
      return { ok: true, result: await answerRequest(this.#job, request) }
    } catch (error) {
      const code = error instanceof StreamcoreError ? error.code : 'STREAMCORE_ASSERTION'
      return { ok: false, code, message: messageOf(error) }
    }
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    (status) => status.ino,
    () => undefined,
  )
}
