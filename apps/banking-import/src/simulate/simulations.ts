/** The simulations that can be run by name. */
import {
  probeJob,
  probeScenario,
  simulated,
  simulatedStateBackend,
  type SimulateJobOptions,
  type SimulatedJob,
  stateProbeJob,
  stateProbeMustOccur,
  stateProbeOptions,
} from 'streamcore/simulation'
import { job } from '../job.js'
import { deliveryScenario, type ReadDelivery } from './delivery-scenario.js'
import { importSituations } from './fate-oracle.js'
import { importScenario } from './import-scenario.js'

/** A job, its scenario, and what many seeds of it must have met. */
export interface Simulation {
  readonly job: SimulatedJob
  readonly options: Omit<SimulateJobOptions, 'runs'>
  readonly mustOccur: readonly string[]
}

/** Names of simulations. */
export const simulationNames = ['banking', 'engine', 'state'] as const
/** One of {@link simulationNames}. */
export type SimulationName = (typeof simulationNames)[number]

const crashes = ['restoring', 'running', 'preparing', 'committing'].map((phase) => `crash while ${phase}`)
const faults = ['fault: kill', 'fault: power', 'fault: zombie', 'service faults', 'disk faults', 'fenced']

const recordsMin = 20
const recordsMax = 200
/** A whole delivery takes more steps than a random history of 200 records. */
const eventsOfDeliveryMax = 20_000_000

/** The simulation of a name; `delivery` takes the place of random histories. */
export function simulationOf(name: SimulationName, delivery?: ReadDelivery): Simulation {
  if (name === 'engine') {
    const options = { recordsMax: 60, scenario: probeScenario }
    return { job: probeJob, options, mustOccur: [...crashes, ...faults] }
  }
  if (name === 'state') {
    const mustOccur = [...crashes, ...faults, ...stateProbeMustOccur]
    return { job: stateProbeJob, options: stateProbeOptions, mustOccur }
  }
  if (delivery !== undefined) {
    const options = { eventsMax: eventsOfDeliveryMax, repeated: 0, scenario: deliveryScenario(delivery) }
    return { job: simulated(job), options, mustOccur: [] }
  }
  const scenario: SimulateJobOptions['scenario'] = (setup) => {
    const drawn = recordsMin + setup.random.below(recordsMax - recordsMin + 1)
    return importScenario({ ...setup, recordsMax: Math.min(drawn, setup.recordsMax) })
  }
  return {
    job: simulated(job),
    options: { recordsMax, scenario },
    mustOccur: [...crashes, ...faults, ...importSituations],
  }
}

/** Every call of a store is an event. */
const eventsPerEvent = 4

/** The same with keyed state in stores that stand for LevelDB: hardly anything stays in memory, and some of them fail. */
export function withState(simulation: Simulation, state: 'heap' | 'leveldb'): Simulation {
  if (state === 'heap') return simulation
  const stateBackend: SimulateJobOptions['stateBackend'] = (incarnation) =>
    simulatedStateBackend(incarnation, {
      cacheBytes: incarnation.number % 2 === 0 ? 0 : 4_000,
      pageRows: 50,
      // Some runs allow a checkpoint 20 ms: slower stores would make all of them fail.
      latencyMsMax: incarnation.number % 3 === 2 ? 1 : 0,
      faultChance: incarnation.number % 4 === 1 ? 0.000_2 : 0,
    })
  const eventsMax = eventsPerEvent * (simulation.options.eventsMax ?? 500_000)
  return { ...simulation, options: { ...simulation.options, eventsMax, stateBackend } }
}

/** The same with subtasks in up to so many threads of a process, some of which crash; 1 changes nothing. */
export function withThreads(simulation: Simulation, threads: number): Simulation {
  if (threads === 1) return simulation
  const workers = Array.from({ length: threads }, (_, index) => index + 1)
  return {
    ...simulation,
    options: { ...simulation.options, workers },
    mustOccur: [...simulation.mustOccur, 'worker crashes'],
  }
}
