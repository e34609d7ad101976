/** Commands and options of the program `streamcore`. */
import { parseArgs } from 'node:util'
import { messageOf, TerminalError } from '../../contracts/errors.js'
import { programOfJob } from './job-copy.js'
import { parseDuration } from './parse-duration.js'
import { printFailure } from './print-failure.js'
import { type RunSettings, runJobFile } from './run-job-file.js'

const help = `usage: streamcore run <job.ts | job.js> [options]

Runs the job that the file exports as \`job\`.

  --state <folder>                 keep state there: the next run goes on where this one ended, however it ended
  --parallelism <count>            subtasks per operator; 1 unless told
  --params <json>                  parameters of the job
  --checkpoint-interval <duration> time between checkpoints: 500ms, 10s, 5m; 10s unless told
  --take-over                      end the process that runs this job on the same state, if one does
  --explain                        print the plan instead of running it
  --trace                          print stack traces, as DEBUG=streamcore does
`

const options = {
  state: { type: 'string' },
  parallelism: { type: 'string', default: '1' },
  params: { type: 'string', default: '{}' },
  'checkpoint-interval': { type: 'string', default: '10s' },
  'take-over': { type: 'boolean', default: false },
  explain: { type: 'boolean', default: false },
  trace: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Runs a command line and sets the exit code; failures are told on standard error. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const isTracing = args.includes('--trace') || (process.env['DEBUG'] ?? '').split(',').includes('streamcore')
  const fail = (error: unknown): void => {
    printFailure(error, { trace: isTracing })
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  // Node.js ends with 0 when nothing is left that could go on; a job that has not ended then has lost rows.
  const onIdle = (): void => fail(neverEnds())
  process.on('beforeExit', onIdle)
  try {
    const settings = parseCommandLine(args)
    if (settings === undefined) process.stdout.write(help)
    else await runOrHandOver(settings)
    process.off('beforeExit', onIdle)
  } catch (error) {
    fail(error)
  }
}

/** Two copies of streamcore in one job would not know each other's connections and errors. */
async function runOrHandOver(settings: RunSettings): Promise<void> {
  const other = programOfJob(settings.file)
  if (other === undefined) process.exitCode = await runJobFile(settings)
  else await import(other.href)
}

function neverEnds(): TerminalError {
  return new TerminalError(
    'STREAMCORE_ASSERTION',
    'Expected the job to end, but it waits and nothing is left that could wake it: some promise of a source, a sink or the job file is never settled',
  )
}

/**
 * The settings of `streamcore run`; undefined when help is asked for.
 * @throws TerminalError `STREAMCORE_CONFIG` naming the option
 */
export function parseCommandLine(args: readonly string[]): RunSettings | undefined {
  const { values, positionals } = parse(args)
  if (values.help || args.length === 0) return undefined
  const [command, file, ...rest] = positionals
  if (command !== 'run' || file === undefined || rest.length > 0) {
    throw refusal('`streamcore run <job.ts | job.js>`', `\`streamcore ${positionals.join(' ')}\``)
  }
  return {
    file,
    ...(values.state === undefined ? {} : { state: values.state }),
    parallelism: parallelismOf(values.parallelism),
    params: paramsOf(values.params),
    checkpointIntervalMs: intervalOf(values['checkpoint-interval']),
    takeOver: values['take-over'],
    explain: values.explain,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const [reason] = messageOf(error).split('. ')
    throw new TerminalError('STREAMCORE_CONFIG', `${reason}; \`streamcore --help\` lists all options`, {
      cause: error,
    })
  }
}

function parallelismOf(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1) return count
  throw refusal('--parallelism to be an integer of at least 1', text)
}

function paramsOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal(`--params to be JSON such as '{"day":"2026-11-21"}'`, text)
  }
}

function intervalOf(text: string): number {
  const intervalMs = parseDuration(text)
  if (intervalMs !== undefined) return intervalMs
  throw refusal('--checkpoint-interval to be a number with a unit, such as 500ms, 10s or 5m', text)
}

function refusal(expected: string, came: string): TerminalError {
  return new TerminalError(
    'STREAMCORE_CONFIG',
    `Expected ${expected}, got ${came}; see \`streamcore --help\``,
  )
}
