/** `streamcore state`: looks into checkpoints and savepoints, without the job. */
import { RestoredState } from '../../checkpoint/restored-state.js'
import {
  entriesOfKey,
  operatorStateEntries,
  storedEntries,
  type StoredEntry,
} from '../../checkpoint/stored-entries.js'
import type { Key } from '../../contracts/key.js'
import type { JsonValue } from '../../contracts/source.js'
import { jsonNotation } from '../../serde/json-notation.js'
import { type Command, commonOptions, parseOptions, refusal } from './command.js'
import { askJob } from '../control/ask-job.js'
import { keysOfText } from '../key-text.js'
import { LineOutput } from './line-output.js'
import { type OpenCheckpoint, withCheckpoint } from './open-checkpoint.js'
import { type Difference, differencesOf } from './state-difference.js'
import { checkpointText, listCheckpoint } from './state-table.js'

const options = {
  ...commonOptions,
  checkpoint: { type: 'string' },
  uid: { type: 'string' },
  keys: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

interface StateSettings {
  readonly action: string
  readonly arguments: readonly string[]
  readonly checkpoint: number | undefined
  readonly keys: string | undefined
  readonly uid: string | undefined
  readonly json: boolean
}

/** Lists, reads, compares and exports state. */
export const stateCommand: Command = {
  name: 'state',
  summary: 'list, read, compare and export what checkpoints and savepoints hold',
  help: `usage: streamcore state list <checkpoint>
       streamcore state get <checkpoint> <uid> [<key>]
       streamcore state diff <checkpoint> <checkpoint>
       streamcore state export <checkpoint>

A <checkpoint> is the folder of a savepoint, or the state folder of a job, <state>/<jobId>: its newest checkpoint. Everything
read is verified. LevelDB state can be read while the job does not run; of a running job, read a savepoint.
\`get\` asks the job itself when it runs.

  list    operators, states with kind and version, keys, timers, output to commit, sizes
  get     what an operator holds for a key: a JSON value such as 17, '"17"' or '["a",1]', or plain text; without a
          key, what it holds without one: lists and broadcast states
  diff    what was added, removed and changed from the first to the second; the exit code is 1 when they differ
  export  every entry as a line of JSON; values that JSON lacks stand as {"$map":[[key,value]]}, {"$bigint":"7"}, …

  --checkpoint <id>  another checkpoint of a state folder than the newest
  --uid <uid>        only this operator (diff, export)
  --keys <file>      the keys of encrypted state, as for \`streamcore run\`; list tells which keys are still needed
  --json             print list, get and diff for programs
  --trace            print stack traces
`,
  async run(args) {
    const settings = settingsOf(args)
    const [first = '', second = '', third] = settings.arguments
    const opening = { id: settings.checkpoint, keys: settings.keys }
    switch (settings.action) {
      case 'list':
        return await withCheckpoint(first, (opened) => list(opened, settings), opening)
      case 'get':
        if (settings.checkpoint === undefined && third !== undefined) {
          const exitCode = await getFromJob(first, { ...settings, uid: second, key: third })
          if (exitCode !== undefined) return exitCode
        }
        return await withCheckpoint(
          first,
          (opened) => get(opened, { ...settings, uid: second, key: third }),
          opening,
        )
      case 'diff':
        return await withCheckpoint(
          first,
          (before) =>
            withCheckpoint(second, (after) => diff(before, after, settings), { keys: settings.keys }),
          opening,
        )
      default:
        return await withCheckpoint(first, (opened) => exportAll(opened, settings), opening)
    }
  },
}

const argumentCounts: Readonly<Record<string, readonly number[]>> = {
  list: [1],
  get: [2, 3],
  diff: [2],
  export: [1],
}

function settingsOf(args: readonly string[]): StateSettings {
  const { values, positionals } = parseOptions('state', args, options)
  const [action = '', ...rest] = positionals
  if (!Object.hasOwn(argumentCounts, action) || argumentCounts[action]?.includes(rest.length) !== true) {
    throw refusal(
      'state',
      '`streamcore state list|get|diff|export <checkpoint> …`',
      `\`streamcore ${['state', ...positionals].join(' ')}\``,
    )
  }
  const checkpoint = values.checkpoint === undefined ? undefined : Number(values.checkpoint)
  if (checkpoint !== undefined && !Number.isSafeInteger(checkpoint)) {
    throw refusal('state', '--checkpoint to be the id of a checkpoint', values.checkpoint ?? '')
  }
  return { action, arguments: rest, checkpoint, keys: values.keys, uid: values.uid, json: values.json }
}

async function list(opened: OpenCheckpoint, { json }: StateSettings): Promise<number> {
  const listed = await listCheckpoint(opened)
  process.stdout.write(json ? `${JSON.stringify(listed)}\n` : checkpointText(listed))
  return 0
}

async function get(
  { storage, manifest, place }: OpenCheckpoint,
  { uid, key, json }: { readonly uid: string; readonly key: string | undefined; readonly json: boolean },
): Promise<number> {
  const operator = manifest.operators.find((each) => each.uid === uid)
  if (operator === undefined) {
    const uids = manifest.operators.map((each) => each.uid).join(', ')
    throw refusal(
      'state',
      `the uid of an operator of checkpoint ${manifest.id} in ${place} (${uids})`,
      `'${uid}'`,
    )
  }
  const restored = new RestoredState(storage, manifest)
  if (key === undefined) {
    const entries = await gathered(operatorStateEntries(restored, uid))
    if (entries.length === 0) return nothingFor(uid)
    process.stdout.write(json ? `${JSON.stringify(entries.map(entryJson))}\n` : unkeyedLines(entries))
    return 0
  }
  for (const each of keysOfText(key)) {
    const entries = await entriesOfKey(restored, operator, each)
    if (entries.length === 0) continue
    process.stdout.write(json ? `${JSON.stringify(entries.map(entryJson))}\n` : entryLines(each, entries))
    return 0
  }
  return nothingFor(uid, key)
}

/** Prints what the running job of this folder holds for the key; undefined when none runs. */
async function getFromJob(
  place: string,
  { uid, key, json }: { readonly uid: string; readonly key: string; readonly json: boolean },
): Promise<number | undefined> {
  const answer = await askJob(place, { command: 'state', uid, key })
  if (answer === undefined) return undefined
  if (typeof answer !== 'object' || answer === null || !('states' in answer)) return nothingFor(uid, key)
  if (json) process.stdout.write(`${JSON.stringify(answer)}\n`)
  else {
    const states = Object.entries(answer.states ?? {})
    const lines = states.map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
    process.stdout.write(`key ${JSON.stringify(answer['key'])} in the running job\n${lines.join('\n')}\n`)
  }
  return 0
}

function nothingFor(uid: string, key?: string): number {
  process.stderr.write(
    `operator '${uid}' holds nothing ${key === undefined ? 'without a key' : `for the key ${key}`}\n`,
  )
  return 1
}

async function gathered(entries: AsyncIterable<StoredEntry>): Promise<readonly StoredEntry[]> {
  const all: StoredEntry[] = []
  for await (const entry of entries) all.push(entry)
  return all
}

function unkeyedLines(entries: readonly StoredEntry[]): string {
  const lines = entries.flatMap((entry) => {
    if (entry.kind === 'element') return [`${entry.state}: ${JSON.stringify(jsonNotation(entry.value))}`]
    if (entry.kind !== 'broadcast') return []
    const key = JSON.stringify(jsonNotation(entry.key))
    return [`${entry.state} ${key}: ${JSON.stringify(jsonNotation(entry.value))}`]
  })
  return `${lines.join('\n')}\n`
}

function entryLines(key: Key, entries: readonly StoredEntry[]): string {
  const lines = entries.map((entry) =>
    entry.kind === 'state' || entry.kind === 'broadcast'
      ? `  ${entry.state}: ${JSON.stringify(jsonNotation(entry.value))}`
      : entry.kind === 'timer'
        ? `  timer: ${entry.domain} time ${entry.timestampMs}`
        : `  ${entry.kind}: ${JSON.stringify(jsonNotation(entry.value))}`,
  )
  return `key ${JSON.stringify(jsonNotation(key))} (${typeof key})\n${lines.join('\n')}\n`
}

/** Differences shown to people; programs get all of them. */
const shownMax = 50

async function diff(a: OpenCheckpoint, b: OpenCheckpoint, { uid, json }: StateSettings): Promise<number> {
  const output = new LineOutput()
  let count = 0
  for await (const difference of differencesOf(a, b)) {
    if (uid !== undefined && difference.uid !== uid) continue
    count++
    if (json) await output.write(JSON.stringify(difference))
    else if (count <= shownMax) await output.write(differenceText(difference))
  }
  if (!json && count > shownMax) await output.write(`… ${count - shownMax} more; --json prints all`)
  if (!json) await output.write(`${count} ${count === 1 ? 'difference' : 'differences'}`)
  return count === 0 ? 0 : 1
}

function differenceText({ uid, what, key, before, after }: Difference): string {
  const name = `${uid}.${what}${key === undefined ? '' : ` ${JSON.stringify(key)}`}`
  if (before === undefined) return `+ ${name}: ${JSON.stringify(after)}`
  if (after === undefined) return `- ${name}: ${JSON.stringify(before)}`
  return `~ ${name}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`
}

async function exportAll({ storage, manifest }: OpenCheckpoint, { uid }: StateSettings): Promise<number> {
  const output = new LineOutput()
  const restored = new RestoredState(storage, manifest)
  for (const operator of manifest.operators) {
    if (uid !== undefined && operator.uid !== uid) continue
    for await (const entry of storedEntries(restored, operator)) {
      await output.write(JSON.stringify(entryJson(entry)))
      if (output.hasGone) return 0
    }
  }
  return 0
}

function entryJson(entry: StoredEntry): JsonValue {
  switch (entry.kind) {
    case 'timer':
      return { ...entry, key: jsonNotation(entry.key) }
    case 'operator':
    case 'pending':
    case 'element':
      return { ...entry, value: jsonNotation(entry.value) }
    default:
      return { ...entry, key: jsonNotation(entry.key), value: jsonNotation(entry.value) }
  }
}
