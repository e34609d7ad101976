/** `streamcore plan`: what a job would take over from a savepoint, before anything starts. */
import { translate } from '../../graph/translate.js'
import { isRefused } from '../../runtime/restore-check.js'
import { planRestore } from '../../runtime/restore-plan.js'
import { loadJob } from '../load-job.js'
import { type Command, commonOptions, paramsOf, parseOptions, refusal } from './command.js'
import { jobUrl } from './job-url.js'
import { programOfJob } from './job-copy.js'
import { withCheckpoint } from './open-checkpoint.js'
import { restorePlanText } from './restore-plan-text.js'

const options = {
  ...commonOptions,
  from: { type: 'string' },
  keys: { type: 'string' },
  params: { type: 'string', default: '{}' },
  'allow-dropped-state': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

/** Compares a job with a checkpoint. */
export const planCommand: Command = {
  name: 'plan',
  summary: 'say what a job would keep, drop and add when it begins from a savepoint',
  help: `usage: streamcore plan <job.ts | job.js> --from <savepoint | state folder> [options]

Compares the operators and states of the job with those of a savepoint (or of the newest checkpoint of a state folder,
<state>/<jobId>) and starts nothing. The exit code is 1 when the job would refuse to begin from it.

  kept          taken over as it is
  migrated      taken over by the migrations that the job declares
  new           begins empty
  dropped       the job no longer has it: refused unless --allow-dropped-state
  incompatible  the job has something else under this name: refused

  --params <json>        parameters of the job
  --keys <file>          the keys of an encrypted savepoint, as for \`streamcore run\`
  --allow-dropped-state  as for \`streamcore run\`
  --json                 print the plan for programs
  --trace                print stack traces
`,
  async run(args) {
    const { values, positionals } = parseOptions('plan', args, options)
    const [file, ...rest] = positionals
    const { from } = values
    if (file === undefined || rest.length > 0 || from === undefined) {
      throw refusal(
        'plan',
        '`streamcore plan <job> --from <savepoint>`',
        `\`streamcore ${['plan', ...args].join(' ')}\``,
      )
    }
    const other = programOfJob(file)
    if (other !== undefined) {
      await import(other.href)
      return undefined
    }
    const streamGraph = (await loadJob(jobUrl(file))).plan(paramsOf('plan', values.params))
    const jobGraph = translate(streamGraph, { parallelism: 1 })
    const allowDroppedState = values['allow-dropped-state']
    return await withCheckpoint(
      from,
      async ({ manifest, place }) => {
        const planned = planRestore(manifest, jobGraph)
        const isPossible = !planned.some((each) => isRefused(each, { allowDroppedState }))
        const checkpoint = { id: manifest.id, madeBy: manifest.madeBy, jobId: manifest.jobId }
        process.stdout.write(
          values.json
            ? `${JSON.stringify({ job: streamGraph.jobName, checkpoint, isPossible, states: planned })}\n`
            : restorePlanText(planned, manifest, { jobName: streamGraph.jobName, place, allowDroppedState }),
        )
        return isPossible ? 0 : 1
      },
      { keys: values.keys },
    )
  },
}
