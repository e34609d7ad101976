/** Opens the control socket of a job once it runs and closes it when the job has ended. */
import { messageOf } from '../../contracts/errors.js'
import type { Logger } from '../../contracts/ports/logger.js'
import type { JobResult } from '../../runtime/job-runner.js'
import type { ControlledJob } from './answer-request.js'
import { ControlServer } from './control-server.js'

/** The socket of one run; without one the job runs all the same. */
export class JobControl {
  readonly #logger: Logger
  #open: (() => void) | undefined
  #isRunning = false
  #server: Promise<ControlServer | undefined> | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** The job holds its lease and takes records: from now on the place of the socket is its own. */
  jobRuns(): void {
    this.#isRunning = true
    this.#open?.()
  }

  /** Listens in the job's folder from when it runs until it has ended; gives the job's result, once the socket is closed. */
  async follow(job: ControlledJob, folder: string): Promise<JobResult> {
    this.#open = () => {
      this.#server ??= ControlServer.open(job, folder).catch((error: unknown) => {
        this.#logger.warn(`the job can not be controlled from outside: ${messageOf(error)}`)
        return undefined
      })
    }
    if (this.#isRunning) this.#open()
    try {
      return await job.handle.result
    } finally {
      await this.#close()
    }
  }

  async #close(): Promise<void> {
    this.#open = undefined
    try {
      await (await this.#server)?.close()
    } catch (error) {
      this.#logger.warn(`closing the control socket: ${messageOf(error)}`)
    }
  }
}
