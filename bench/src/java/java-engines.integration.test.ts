// The engines on Java do the same work as ours. Only where they have been built: nothing is downloaded for a test.
import { expect, it } from 'vitest'
import { javaEngineNames } from '../engines/engine-names.js'
import { runChild } from '../measure/run-child.js'
import { workloads } from '../workloads/catalogue.js'
import { buildJavaModule, javaPeersFolder } from './java-build.js'
import { moduleOf } from './java-engines.js'
import { askForVersion, type VersionProbe } from './java-tools.js'

const records = 20_000

/** Hides Maven, so that a module is there only if it was built from its present sources. */
const withoutMaven: VersionProbe = (program, option) =>
  program === 'mvn' ? undefined : askForVersion(program, option)

const problems = await Promise.all(
  javaEngineNames.map(async (engine) => ({
    engine,
    problem: await buildJavaModule(moduleOf(engine), {
      folder: javaPeersFolder,
      probe: withoutMaven,
      say: () => {},
    }),
  })),
)
const built = problems.filter(({ problem }) => problem === undefined).map(({ engine }) => engine)
/** Flink's jobs are the same for all of its state backends: the others run one of them. */
const runs = built.flatMap((engine) =>
  workloads
    .filter(({ name }) => name === 'w4' || engine === 'flink-hashmap' || engine === 'jet')
    .map((workload) => ({ engine, workload, isParallel: workload.name === 'w4' })),
)

it('is there for each engine, or says why it is not', () => {
  for (const { problem } of problems) {
    if (problem !== undefined) expect(problem).toMatch(/^(no Java here|no Maven here|expected Java)/)
  }
  expect(problems).toHaveLength(4)
})

it.each(runs)(
  '$engine gives the expected result on $workload.name',
  async ({ engine, workload, isParallel }) => {
    const [parallelism, checkpointMs] = isParallel ? [2, 100] : [1, 0]
    const setup = { records, parallelism, workers: 1, state: 'heap', checkpointMs } as const
    const run = { engine, workload: workload.name, setup, javaHeapMb: 512, profileName: undefined }
    const { out, sum, startupMs, peakRssMb } = await runChild(run)
    expect({ out, sum }).toEqual(workload.expected(records))
    expect(startupMs).toBeGreaterThan(0)
    expect(peakRssMb).toBeGreaterThan(0)
  },
)
