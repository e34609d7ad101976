/** `streamcore savepoint`, `stop` and `rescale`: what is asked of a job by its state folder. */
import { resolve } from 'node:path'
import { writeSavepoint } from '../../checkpoint/savepoint.js'
import type { JsonValue } from '../../contracts/source.js'
import { askJob, askRunningJob } from '../control/ask-job.js'
import { createSavepointDirectory } from '../savepoint-directory.js'
import { type Command, commonOptions, parallelismOf, parseOptions, refusal } from './command.js'
import { encryptedPlace, type OpenCheckpoint, withCheckpoint } from './open-checkpoint.js'

/** Takes a savepoint. */
export const savepointCommand: Command = {
  name: 'savepoint',
  summary: "copy a job's state into a folder that can be moved and kept",
  help: `usage: streamcore savepoint <state>/<job id> <folder>

A running job takes a checkpoint, commits it and copies it into the folder; it goes on meanwhile. Of a job that does not run
the newest checkpoint is copied. The folder must be new or empty. It holds a whole savepoint or none, refers to nothing
outside, and may be moved: \`streamcore run <job> --from <folder>\` begins with it.

  --keys <file>  the keys of encrypted state, for a job that does not run; the savepoint is encrypted as well
  --trace        print stack traces
`,
  async run(args) {
    const names = ['<state>/<job id>', '<folder>'] as const
    const options = { ...commonOptions, keys: { type: 'string' } } as const
    const { values, positionals } = parseOptions('savepoint', args, options)
    const [state, folder, ...rest] = positionals
    if (state === undefined || folder === undefined || rest.length > 0) throw usage('savepoint', names, args)
    const answer = await askJob(state, { command: 'savepoint', directory: resolve(folder) })
    const id = field(answer === undefined ? await copyNewest(state, folder, values.keys) : answer, 'id')
    const source = answer === undefined ? 'the job does not run' : 'taken now'
    process.stdout.write(`savepoint of checkpoint ${id} (${source}) in ${folder}\n`)
    return 0
  },
}

/** Stops a running job. */
export const stopCommand: Command = {
  name: 'stop',
  summary: 'stop a running job with a last checkpoint',
  help: `usage: streamcore stop [--drain] <state>/<job id>

The job commits a last checkpoint and ends; its next run goes on from there.

  --drain  end the input first, so that windows close and timers fire: for a job that is not to go on
  --trace  print stack traces
`,
  async run(args) {
    const options = { ...commonOptions, drain: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseOptions('stop', args, options)
    const [state, ...rest] = positionals
    if (state === undefined || rest.length > 0) throw usage('stop', ['<state>/<job id>'], args)
    const result = await askRunningJob(state, { command: 'stop', drain: values.drain })
    process.stdout.write(`job ${field(result, 'status')}\n`)
    return 0
  },
}

/** Changes the parallelism of a running job. */
export const rescaleCommand: Command = {
  name: 'rescale',
  summary: 'let a running job go on with another number of subtasks',
  help: `usage: streamcore rescale <count> <state>/<job id>

The job commits a checkpoint and goes on from it with <count> subtasks per operator, in the same process.

  --trace  print stack traces
`,
  async run(args) {
    const [count, state] = positionalsOf('rescale', args, ['<count>', '<state>/<job id>'])
    const parallelism = parallelismOf('rescale', '<count>', count)
    await askRunningJob(state, { command: 'rescale', parallelism })
    process.stdout.write(`the job runs at parallelism ${parallelism}\n`)
    return 0
  },
}

async function copyNewest(state: string, folder: string, keys: string | undefined): Promise<JsonValue> {
  const copy = async ({ storage, manifest }: OpenCheckpoint): Promise<JsonValue> => {
    const target = await createSavepointDirectory(folder)
    const protectedTarget = keys === undefined ? target : encryptedPlace(target, keys, manifest.jobId)
    const { id } = await writeSavepoint(storage, manifest, { storage: protectedTarget, place: folder })
    return { id }
  }
  return await withCheckpoint(state, copy, { keys })
}

function positionalsOf(
  command: string,
  args: readonly string[],
  names: readonly [string, string],
): readonly [string, string] {
  const { positionals } = parseOptions(command, args, commonOptions)
  const [first, second, ...rest] = positionals
  if (first === undefined || second === undefined || rest.length > 0) throw usage(command, names, args)
  return [first, second]
}

function usage(command: string, names: readonly string[], args: readonly string[]): Error {
  const expected = ['streamcore', command, ...names].join(' ')
  return refusal(command, `\`${expected}\``, `\`streamcore ${[command, ...args].join(' ')}\``)
}

function field(value: JsonValue, name: string): string {
  const fields = typeof value === 'object' && value !== null ? value : {}
  return String(Object.getOwnPropertyDescriptor(fields, name)?.value)
}
