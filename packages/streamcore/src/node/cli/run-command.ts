/** `streamcore run`. */
import {
  type Command,
  commonOptions,
  durationOf,
  parallelismOf,
  paramsOf,
  parseOptions,
  refusal,
} from './command.js'
import { programOfJob } from './job-copy.js'
import { type RunSettings, runJobFile } from './run-job-file.js'
import { type StateBackendName, stateBackendNames } from './state-backend-name.js'

const options = {
  ...commonOptions,
  state: { type: 'string' },
  'state-backend': { type: 'string', default: 'heap' },
  keys: { type: 'string' },
  parallelism: { type: 'string' },
  workers: { type: 'string', default: '1' },
  params: { type: 'string', default: '{}' },
  'checkpoint-interval': { type: 'string', default: '10s' },
  from: { type: 'string' },
  'new-lineage': { type: 'boolean', default: false },
  'allow-dropped-state': { type: 'boolean', default: false },
  'take-over': { type: 'boolean', default: false },
  explain: { type: 'boolean', default: false },
} as const

/** Runs a job file. */
export const runCommand: Command = {
  name: 'run',
  summary: 'run the job that a file exports',
  help: `usage: streamcore run <job.ts | job.js> [options]

Runs the job that the file exports as \`job\`.

  --state <folder>                 keep state there: the next run goes on where this one ended, however it ended
  --state-backend <heap | leveldb> where keyed state is while the job runs; leveldb for state that outgrows memory (it
                                   needs the package 'level'); heap unless told, and both go on from each other's state
  --keys <file>                    encrypt what is kept in --state, with the last key of a JSON file
                                   {"keys":[{"id":"2026-01","key":"<32 bytes as base64>"}]}; the others only read
  --parallelism <count>            subtasks per operator; as many as workers unless told
  --workers <count>                threads that run them; 1 unless told, which is the program's own. Worth it when functions
                                   take their time: records that cross threads cost some themselves, see --explain
  --params <json>                  parameters of the job
  --checkpoint-interval <duration> time between checkpoints: 500ms, 10s, 5m; 10s unless told
  --from <savepoint>               begin with the state of a savepoint; the same command again goes on from its own state
  --new-lineage                    with --from: begin although a target holds more or less than the savepoint's output;
                                   what was written after the savepoint is written again, what is missing stays missing
  --allow-dropped-state            begin although the checkpoint holds state that the job no longer has
  --take-over                      end the process that runs this job on the same state, if one does
  --explain                        print the plan instead of running it
  --trace                          print stack traces, as DEBUG=streamcore does
`,
  async run(args) {
    const settings = settingsOf(args)
    // Two copies of streamcore in one job would not know each other's connections and errors.
    const other = programOfJob(settings.file)
    if (other === undefined) return await runJobFile(settings)
    await import(other.href)
    return undefined
  },
}

/** @throws TerminalError `STREAMCORE_CONFIG` naming the option */
function settingsOf(args: readonly string[]): RunSettings {
  const { values, positionals } = parseOptions('run', args, options)
  const [file, ...rest] = positionals
  if (file === undefined || rest.length > 0) {
    throw refusal(
      'run',
      '`streamcore run <job.ts | job.js>`',
      `\`streamcore ${['run', ...positionals].join(' ')}\``,
    )
  }
  if (values['new-lineage'] && values.from === undefined) {
    throw refusal('run', '--new-lineage to come with --from <savepoint>', 'no --from')
  }
  if (values.keys !== undefined && values.state === undefined) {
    throw refusal('run', '--keys to come with --state <folder>', 'no --state')
  }
  return {
    file,
    ...(values.keys === undefined ? {} : { keys: values.keys }),
    ...(values.state === undefined ? {} : { state: values.state }),
    ...(values.from === undefined ? {} : { from: values.from }),
    stateBackend: stateBackendOf(values['state-backend']),
    parallelism: parallelismOf('run', '--parallelism', values.parallelism ?? values.workers),
    workers: parallelismOf('run', '--workers', values.workers),
    params: paramsOf('run', values.params),
    checkpointIntervalMs: durationOf('run', '--checkpoint-interval', values['checkpoint-interval']),
    newLineage: values['new-lineage'],
    allowDroppedState: values['allow-dropped-state'],
    takeOver: values['take-over'],
    explain: values.explain,
  }
}

function stateBackendOf(name: string): StateBackendName {
  const found = stateBackendNames.find((each) => each === name)
  if (found !== undefined) return found
  throw refusal('run', `--state-backend to be ${stateBackendNames.join(' or ')}`, name)
}
