/** The processes of the simulated world as `ps` and `kill` show them. */
import type { ProcessIdentity, ProcessTable } from '../contracts/ports/lease.js'
import type { Incarnation } from './incarnation.js'

const latency = { latencyMsMax: 2 }

/** Seen from one process; only processes of its own host show. */
export class SimulatedProcessTable implements ProcessTable {
  readonly #incarnation: Incarnation

  constructor(incarnation: Incarnation) {
    this.#incarnation = incarnation
  }

  self(): ProcessIdentity {
    return identityOf(this.#incarnation)
  }

  isAlive(identity: ProcessIdentity): Promise<boolean> {
    return this.#incarnation.request(() => this.#find(identity) !== undefined, latency)
  }

  kill(identity: ProcessIdentity): Promise<void> {
    return this.#incarnation.request(() => this.#find(identity)?.kill(), latency)
  }

  #find(identity: ProcessIdentity): Incarnation | undefined {
    const found = this.#incarnation.world.findIncarnation(identity.pid)
    const isSame = found?.host === identity.host && identity.host === this.#incarnation.host
    return isSame && found.state !== 'dead' ? found : undefined
  }
}

function identityOf(incarnation: Incarnation): ProcessIdentity {
  return {
    host: incarnation.host,
    pid: incarnation.number,
    startedAt: `incarnation ${incarnation.number}`,
  }
}
