// The worker's side, told what to do by the test.
import { describe, expect, it } from 'vitest'
import { buildStreamGraph } from '../../api/build-stream-graph.js'
import { defineJob } from '../../api/define-job.js'
import type { SinkContext } from '../../contracts/sink.js'
import { translate } from '../../graph/translate.js'
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import { heapStateBackend } from '../../state/heap-keyed-state-backend.js'
import { MemoryTarget } from '../../testing/memory-target.js'
import { testPorts } from '../../testing/test-ports.js'
import { nextMacrotask } from '../../testing/turn-scheduler.js'
import { checkpointConfig } from '../job-options.js'
import { TaskWorker } from './task-worker.js'
import type { FromWorker, ToWorker, WorkerStart } from './worker-protocol.js'

/** The only worker of a job; `onWriter` is called when its sink is made. */
function started(given: Partial<WorkerStart> = {}, onWriter: (context: SinkContext) => void = () => {}) {
  const said: FromWorker[] = []
  let listener: (bytes: Uint8Array) => void = () => {}
  const sink = new MemoryTarget<number>().sink()
  const job = defineJob({ name: 'test' }, (env) => {
    env.fromCollection([1, 2], { uid: 'numbers' }).sinkTo(
      {
        ...sink,
        createWriter: async (context) => {
          onWriter(context)
          return await sink.createWriter(context)
        },
      },
      { uid: 'out' },
    )
  })
  const jobGraph = translate(buildStreamGraph(job), { parallelism: 1 })
  new TaskWorker({
    control: {
      send: (bytes) => void said.push(decodeValue<FromWorker>(bytes)),
      receive: (listen) => {
        listener = listen
      },
      close: () => {},
    },
    peers: new Map(),
    ports: testPorts(),
    load: async () => ({ jobGraph, connections: {}, stateBackend: heapStateBackend() }),
    printed: async () => {},
  })
  const tell = async (message: ToWorker) => {
    listener(encodeValue(message, { what: 'a message' }))
    await nextMacrotask()
  }
  const start: WorkerStart = {
    workerIndex: 0,
    workerCount: 1,
    jobId: 'test',
    parallelism: 1,
    graphHash: jobGraph.hash,
    epoch: 1,
    checkpoint: checkpointConfig({}),
    maxPendingBytes: 1_000,
    manifest: undefined,
    poison: [],
    ...given,
  }
  const kinds = () => said.map(({ kind }) => kind).filter((kind) => kind !== 'metrics')
  return { said, tell, kinds, start: () => tell({ kind: 'start', start }) }
}

describe('TaskWorker', () => {
  it('builds its subtasks, and closes them when it is told to', async () => {
    const { kinds, start, tell } = started()
    await start()
    expect(kinds()).toEqual(['ready'])
    await tell({ kind: 'close' })
    expect(kinds()).toEqual(['ready', 'closed'])
  })

  it('runs no other plan than the coordinator', async () => {
    const { said, kinds, start } = started({ graphHash: 'another' })
    await start()
    expect(kinds()).toEqual(['failed'])
    expect(said.at(-1)).toMatchObject({
      failure: {
        code: 'STREAMCORE_GRAPH',
        message: expect.stringMatching(/build plan another like the coordinator/),
      },
    })
  })

  it('reports whatever a connector has to say, also half of a surrogate pair', async () => {
    const { said, kinds, start } = started({}, ({ ports }) =>
      ports.logger.warn('cut off: \ud83d', { row: 'a \ud83d', count: 1 }),
    )
    await start()
    expect(kinds()).toEqual(['log', 'ready'])
    expect(said.find(({ kind }) => kind === 'log')).toMatchObject({
      message: 'cut off: \ufffd',
      fields: { row: 'a \ufffd', count: 1 },
    })
  })

  it('goes on taking part in checkpoints when its input has ended, until it is closed', async () => {
    const { said, kinds, start, tell } = started()
    await start()
    await tell({ kind: 'no-more-splits', uid: 'numbers', subtaskIndex: 0 })
    expect(kinds()).toEqual(['ready'])
    await tell({ kind: 'run' })
    expect(kinds()).toEqual(['ready', 'ended'])
    await tell({ kind: 'trigger', barrierId: 7 })
    expect(kinds().at(-1)).toBe('acknowledge')
    const barriers = said.flatMap((message) => ('barrierId' in message ? [message.barrierId] : []))
    expect(new Set(barriers)).toEqual(new Set([7]))
    await tell({ kind: 'close' })
    expect(kinds().at(-1)).toBe('closed')
  })
})
