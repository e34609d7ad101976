/** The simulation of keyed state: commands over all kinds of it, on the heap and in stores by turns, and a plain model as oracle. */
import { defineJob } from '../api/define-job.js'
import { canonicalText, type Key } from '../contracts/key.js'
import type { Random } from '../contracts/ports/random.js'
import { forMonotonousTimestamps } from '../contracts/watermark-strategy.js'
import { heapStateBackend } from '../state/heap-keyed-state-backend.js'
import { multisetViolations } from './multiset-violations.js'
import { observedStore } from './observed-store.js'
import { fromJsonBytes, jsonBytes, probeSink, probeSource } from './probe-streams.js'
import {
  type PreparedScenario,
  type ScenarioSetup,
  simulated,
  type SimulatedJob,
  type SimulateJobOptions,
} from './simulate-job.js'
import { SimulatedPartitionedLog } from './simulated-partitioned-log.js'
import type { SimulatedBackendChoice } from './simulated-run.js'
import { simulatedStateBackend } from './simulated-state-backend.js'
import {
  applyStateCommand,
  describeState,
  drawStateCommands,
  plainState,
  type ProbedState,
  type StateCommand,
  stateKeyOf,
} from './state-commands.js'
import { armedFromMs, endMs, probeState, timerDelayMs } from './state-probe-function.js'

/** One keyed operator behind one source. */
export const stateProbeJob: SimulatedJob = simulated(
  defineJob({ name: 'state-probe', params: { parse: Number } }, (env, fetchMax) => {
    env
      .fromSource(probeSource({ connection: 'in', topic: 'commands', parse: parseCommand, fetchMax }), {
        uid: 'commands',
        watermarks: forMonotonousTimestamps((command: StateCommand) => command.timestampMs),
      })
      .keyBy((command): Key => stateKeyOf(command.key))
      .process(probeState)
      .sinkTo(probeSink({ connection: 'out', topic: 'out' }), { uid: 'out' })
  }),
)

/** Input, places and oracle of one seed. */
export function stateProbeScenario({ random, recordsMax }: ScenarioSetup): PreparedScenario {
  const input = new SimulatedPartitionedLog()
  const out = new SimulatedPartitionedLog()
  const commands = drawStateCommands(random, recordsMax)
  const partitions = 1 + random.below(3)
  const situations = new Set<string>()
  const hasChains = random.below(2) === 0
  const isSlow = random.below(3) === 0
  const isInStore = random.below(3) === 0
  const texts = () =>
    out.commits().flatMap(({ records }) => records.map(({ value }) => fromJsonBytes(value, String)))
  return {
    // Small batches make long runs, in which faults meet chains of checkpoints.
    params: 1 + random.below(random.below(2) === 0 ? 2 : 20),
    checkpointsIn: isInStore ? 'key-value-store' : 'directory',
    checkpoint: { ...(hasChains ? longChains : {}), ...(isSlow ? { timeoutMs: patientMs } : {}) },
    stateBackend: backendChoice(random.fork('backends'), { situations, hasChains, isSlow }),
    scenario: {
      prepare: async () => {
        await out.createTopic('out', { partitions: 1 })
        await input.createTopic('commands', { partitions })
        await input.append(
          commands.map((command) => ({
            topic: 'commands',
            partition: command.key % partitions,
            key: undefined,
            value: jsonBytes(command),
            timestampMs: command.timestampMs,
          })),
        )
      },
      connections: (client) => ({
        in: input.connect(client).connection(),
        out: out.connect(client).connection(),
      }),
      violations: () => multisetViolations('out', texts(), expectedOf(commands)),
      situations: () => [...situations, ...(isInStore ? ['checkpoints in a store'] : [])],
      fingerprint: () => texts().join('\n'),
    },
  }
}

/** With slow stores no checkpoint would ever be done within the shortest time that is drawn. */
const patientMs = 500
/** Hardly any checkpoint but the first of a process is a full one. */
const longChains = {
  intervalMs: 3,
  timeoutMs: patientMs,
  incremental: true,
  deltasMax: 20,
  deltaShareMax: 1_000,
}

/** Some runs stay on one backend, others change it with every process. */
function backendChoice(
  random: Random,
  run: { readonly situations: Set<string>; readonly hasChains: boolean; readonly isSlow: boolean },
): SimulatedBackendChoice {
  // Only the heap makes deltas; both restore them.
  const heapChance = (run.hasChains ? [0.7, 0.7, 1] : [0, 0, 0.5])[random.below(3)] ?? 0
  const sizes = [0, 0, 2_000, 1 << 20]
  return (incarnation, watch) => {
    if (random.float() < heapChance) return heapStateBackend()
    return simulatedStateBackend(incarnation, {
      cacheBytes: sizes[random.below(sizes.length)] ?? 0,
      timersInMemory: 1 + random.below(4),
      pageRows: 1 + random.below(random.below(2) === 0 ? 3 : 50),
      latencyMsMax: run.isSlow ? random.below(3) : 0,
      onDatabase: watch,
      wrap: (store) => observedStore(store, (situation) => run.situations.add(situation)),
    })
  }
}

/** What the job emits, by the plain model. */
function expectedOf(commands: readonly StateCommand[]): readonly string[] {
  const keys = new Map<string, PlainKey>()
  const expected: string[] = []
  for (const command of commands) {
    const name = canonicalText(stateKeyOf(command.key))
    const plain: PlainKey = keys.get(name) ?? { state: plainState(), timers: new Set(), messages: 0 }
    keys.set(name, plain)
    const { action, amount, timestampMs, seq } = command
    expected.push(`${name}#${seq} ${applyStateCommand(command, plain.state)}`)
    plain.timers.add(endMs)
    if (action === 'forget') plain.timers.clear()
    if (action === 'arm') plain.timers.add(armedFromMs + (amount % 4))
    if (action === 'disarm') plain.timers.delete(armedFromMs + (amount % 4))
    if (action === 'timer') expected.push(`${name}@${timestampMs + timerDelayMs}`)
    if (action === 'message') {
      for (let left = amount; left >= 0; left--) expected.push(`${name} message ${++plain.messages}`)
    }
  }
  for (const [name, { state, timers }] of keys) {
    for (const timestampMs of timers) {
      if (timestampMs < endMs) expected.push(`${name}@${timestampMs}`)
      else expected.push(`${name} ends ${describeState(state)}`)
    }
  }
  return expected
}

interface PlainKey {
  readonly state: ProbedState
  /** Those at the end; what is set for the time of a record fires before. */
  readonly timers: Set<number>
  messages: number
}

function parseCommand(value: unknown): StateCommand {
  const record = typeof value === 'object' && value !== null ? value : {}
  const field = (name: string) => Number(Reflect.get(record, name))
  return {
    key: field('key'),
    seq: field('seq'),
    timestampMs: field('timestampMs'),
    action: String(Reflect.get(record, 'action')),
    amount: field('amount'),
  }
}

/** The options of {@link stateProbeJob}. */
export const stateProbeOptions: Omit<SimulateJobOptions, 'runs'> = {
  recordsMax: 150,
  faults: { stores: true },
  scenario: stateProbeScenario,
}

const operations = ['open', 'getSync', 'getMany', 'batch', 'entries']

/** What many seeds must have met. */
export const stateProbeMustOccur: readonly string[] = [
  ...operations.flatMap((operation) => [
    `store fault: ${operation} EIO`,
    `store fault: ${operation} ENOSPC`,
    `struck at store call ${operation}`,
  ]),
  'state moved from heap to simulated',
  'state moved from simulated to heap',
  'restored at another parallelism',
  'restored a chain of deltas',
  'checkpoints in a store',
  'prefetched keys',
  ...['a key', 'a chunk', 'a map entry'].map((row) => `read at once: ${row}`),
  ...['a key', 'a chunk', 'a map entry', 'a timer'].flatMap((row) => [
    `written behind: ${row}`,
    `deleted: ${row}`,
    `read a page: ${row}`,
  ]),
]
