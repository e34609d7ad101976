/** The job of a run in worker threads: each thread loads this file, builds the workload's job and measures its own part. */
import { defineJob } from 'streamcore'
import { rowOfThread } from '../measure/shared-run.js'
import { workloadNamed } from '../workloads/catalogue.js'

/** Which job, as it travels to the threads. */
export interface ThreadedJobParams {
  readonly workload: string
  readonly records: number
  readonly parallelism: number
}

/** The job of any workload. */
export const job = defineJob({ name: 'bench', params: { parse: paramsOf } }, (env, params) => {
  const { workload, records, parallelism } = params
  workloadNamed(workload)
    .job({ records, parallelism, ...rowOfThread() })
    .build(env, {})
})

function paramsOf(input: unknown): ThreadedJobParams {
  if (typeof input === 'object' && input !== null && 'workload' in input) {
    const { workload } = input
    const [records, parallelism] = ['records', 'parallelism'].map((name) => Number(Reflect.get(input, name)))
    if (typeof workload === 'string' && records !== undefined && parallelism !== undefined) {
      return { workload, records, parallelism }
    }
  }
  throw new Error(`Expected the parameters of a run, got ${JSON.stringify(input)}`)
}
