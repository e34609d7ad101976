/** The wire between a simulated process and a simulated service: messages take time, get lost, and arrive after their sender has died. */
import { RetryableError } from '../contracts/errors.js'

/** What a simulated service needs of the world its client lives in. */
export interface SimulatedLink {
  /** Resolves when a message sent now arrives, even if its sender dies meanwhile. */
  delay(): Promise<void>
  /** Whether a fault of this probability happens now. */
  chance(probability: number): boolean
  /** Whether the client's process still lives; a dead one never hears a reply. */
  isAlive(): boolean
}

/** How likely each fault is, per request. */
export interface SimulatedServiceFaults {
  /** The request never arrives, and the caller gets a connection error. */
  readonly loseRequest: number
  /** The request has its effect, and the caller gets a connection error. */
  readonly loseReply: number
  /** The request has its effect twice, the second time after a delay. */
  readonly duplicate: number
}

/** How a client reaches a simulated service. Without a link every request arrives at once. */
export interface SimulatedClientOptions {
  readonly link?: SimulatedLink
  readonly faults?: SimulatedServiceFaults
}

/** One request: `isRepeatable` says that the service recognises a duplicate, so the wire may make one. */
export interface SimulatedRequest<T> {
  readonly isRepeatable: boolean
  /** Takes effect at once and wholly when the request arrives. */
  apply(): T
}

/** Sends a request over the wire and gives its reply; never resolves for a dead client. */
export async function simulatedCall<T>(
  { link, faults }: SimulatedClientOptions,
  request: SimulatedRequest<T>,
): Promise<T> {
  if (!link) return request.apply()
  await link.delay()
  if (faults && link.chance(faults.loseRequest)) return await reply(link, () => connectionLost('request'))
  if (faults && request.isRepeatable && link.chance(faults.duplicate)) void repeatLater(link, request)
  const outcome = outcomeOf(request)
  if (faults && link.chance(faults.loseReply)) return await reply(link, () => connectionLost('reply'))
  return await reply(link, outcome)
}

async function reply<T>(link: SimulatedLink, outcome: () => T): Promise<T> {
  await link.delay()
  if (!link.isAlive()) await new Promise<never>(() => {})
  return outcome()
}

function outcomeOf<T>(request: SimulatedRequest<T>): () => T {
  try {
    const value = request.apply()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

async function repeatLater<T>(link: SimulatedLink, request: SimulatedRequest<T>): Promise<void> {
  await link.delay()
  // Nobody waits for a duplicate's outcome, whether it is refused or not.
  outcomeOf(request)
}

function connectionLost(what: 'request' | 'reply'): never {
  throw new RetryableError(
    'STREAMCORE_CONNECTION',
    `The simulated connection broke before the ${what} arrived`,
  )
}
