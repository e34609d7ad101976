// The coordinator's side of a job in workers, which the test plays.
import { describe, expect, it } from 'vitest'
import { buildStreamGraph } from '../../api/build-stream-graph.js'
import { defineJob } from '../../api/define-job.js'
import { MemoryCheckpointStorage } from '../../checkpoint/memory-checkpoint-storage.js'
import { messagesOf, RetryableError } from '../../contracts/errors.js'
import type { LaunchedWorker, LaunchRequest } from '../../contracts/ports/transport.js'
import { translate } from '../../graph/translate.js'
import { PoisonRecords } from '../../operators/poison-records.js'
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import { heapStateBackend } from '../../state/heap-keyed-state-backend.js'
import { MemoryTarget } from '../../testing/memory-target.js'
import { testPorts } from '../../testing/test-ports.js'
import { checkpointConfig } from '../job-options.js'
import { MemoryLease } from '../memory-lease.js'
import { noRestart } from '../restart-strategy.js'
import { failureMessage } from './failure-message.js'
import type { FromWorker, ToWorker } from './worker-protocol.js'
import { WorkerTasks } from './worker-tasks.js'

const crash = new RetryableError('STREAMCORE_WORKER_CRASHED', 'it crashed')

/** Two workers that say what the test lets them say. */
function played() {
  const said: string[] = []
  const listeners: ((bytes: Uint8Array) => void)[] = []
  let request: LaunchRequest | undefined
  const worker = (index: number): LaunchedWorker => ({
    link: {
      send: (bytes) => void said.push(`${index} ${decodeValue<ToWorker>(bytes).kind}`),
      receive: (listener) => void (listeners[index] = listener),
      close: () => {},
    },
    terminate: async () => void said.push(`${index} is terminated`),
  })
  const launcher = {
    launch: async (asked: LaunchRequest) => {
      request = asked
      return Array.from({ length: asked.count }, (_, index) => worker(index))
    },
  }
  const says = (index: number, message: FromWorker) =>
    listeners[index]?.(encodeValue(message, { what: 'a message' }))
  return { said, launcher, says, crashes: (index: number) => request?.onCrash(index, crash) }
}

function tasksWith(launcher: ReturnType<typeof played>['launcher']): WorkerTasks {
  const job = defineJob({ name: 'test' }, (env) => {
    env.fromCollection([1]).sinkTo(new MemoryTarget<number>().sink(), { uid: 'out' })
  })
  const workers = { count: 2, launcher }
  const ports = testPorts()
  return new WorkerTasks({
    jobGraph: translate(buildStreamGraph(job), { parallelism: 2 }),
    run: {
      jobId: 'test',
      ports,
      connections: {},
      openStorage: async () => new MemoryCheckpointStorage(ports.digest),
      isDurable: false,
      lease: new MemoryLease(),
      takeOver: false,
      stateBackend: heapStateBackend(),
      checkpoint: checkpointConfig({}),
      restart: noRestart(),
      maxAttemptsPerRecord: 1,
      maxPendingBytes: 1_000,
      allowDroppedState: false,
      workers,
    },
    poison: new PoisonRecords(),
    listener: { piece: () => {}, committables: () => {}, acknowledge: () => {}, pendingOutput: () => {} },
    workers,
  })
}

describe('WorkerTasks', () => {
  it('waits for no word of a worker that crashed, although what it said before comes after the news', async () => {
    const { said, launcher, says, crashes } = played()
    const tasks = tasksWith(launcher)
    const built = tasks.build({ epoch: 1, restored: undefined })
    await Promise.resolve()
    says(0, { kind: 'ready' })
    crashes(1)
    says(1, { kind: 'ready' })
    await expect(built).rejects.toBe(crash)
    const closed = tasks.close()
    says(0, { kind: 'closed', failure: undefined })
    await closed
    expect(said).toEqual(['0 start', '1 start', '0 close', '0 is terminated', '1 is terminated'])
  })

  it('tells workers that still build nothing but the end, when the job is stopped meanwhile', async () => {
    const { said, launcher, says } = played()
    const tasks = tasksWith(launcher)
    const built = tasks.build({ epoch: 1, restored: undefined })
    await Promise.resolve()
    tasks.stop()
    await built
    tasks.splitReceiver('collection', 1).addSplit({ split: { id: 'a', info: null }, hasEnded: false })
    expect(await tasks.run()).toBe('stopped')
    const closed = tasks.close()
    for (const index of [0, 1]) says(index, { kind: 'closed', failure: undefined })
    await closed
    expect(said).toEqual(['0 start', '1 start', '0 close', '1 close', '0 is terminated', '1 is terminated'])
  })

  it('tells all that workers could not close', async () => {
    const { launcher, says } = played()
    const tasks = tasksWith(launcher)
    const built = tasks.build({ epoch: 1, restored: undefined })
    await Promise.resolve()
    for (const index of [0, 1]) says(index, { kind: 'ready' })
    await built
    const closed = tasks.close()
    const inside = new AggregateError([new Error('of the sink'), new Error('of the source')], 'both')
    says(0, { kind: 'closed', failure: failureMessage(inside) })
    says(1, { kind: 'closed', failure: failureMessage(new Error('elsewhere')) })
    const failure: unknown = await closed.catch((error: unknown) => error)
    expect(messagesOf(failure)).toEqual(['of the sink; of the source', 'elsewhere'])
  })
})
