/** What `streamcore state list` tells of a checkpoint. */
import { EncryptedCheckpointStorage } from '../../checkpoint/encrypted-checkpoint-storage.js'
import { lineageOf } from '../../checkpoint/lineage.js'
import { RestoredState } from '../../checkpoint/restored-state.js'
import { storedEntries } from '../../checkpoint/stored-entries.js'
import type { CheckpointPart, OperatorManifest } from '../../contracts/checkpoint-storage.js'
import { durationText } from '../../contracts/duration.js'
import type { StateTtl } from '../../contracts/state/state-ttl.js'
import type { OpenCheckpoint } from './open-checkpoint.js'

/** One operator of a checkpoint. */
export interface ListedOperator {
  readonly uid: string
  readonly parallelism: number
  readonly sizeBytes: number
  readonly keys: number
  readonly timers: number
  readonly messages: number
  /** Rows or handles that a sink has still to commit. */
  readonly pending: number
  readonly states: readonly {
    readonly name: string
    readonly kind: string
    readonly version: number
    /** How long its values live; undefined: for ever. */
    readonly ttl?: StateTtl
    /** Keys that hold something in it; entries of a broadcast state. */
    readonly keys: number
    /** Elements of a list without keys. */
    readonly elements: number
  }[]
}

/** A checkpoint. */
export interface ListedCheckpoint {
  readonly place: string
  readonly jobId: string
  readonly id: number
  readonly madeBy: number
  readonly created: string
  readonly isFinal: boolean
  /** The savepoint that its lineage began with. */
  readonly from: string | undefined
  readonly sizeBytes: number
  readonly parts: number
  /** Keys without which something in this folder could not be read; undefined where nothing is encrypted. */
  readonly keysInUse: readonly string[] | undefined
  readonly operators: readonly ListedOperator[]
}

/** Reads and verifies the whole checkpoint. */
export async function listCheckpoint({
  storage,
  manifest,
  place,
}: OpenCheckpoint): Promise<ListedCheckpoint> {
  const restored = new RestoredState(storage, manifest)
  const operators: ListedOperator[] = []
  for (const operator of manifest.operators) operators.push(await listOperator(restored, operator))
  const from = lineageOf(manifest)?.savepoint
  return {
    place,
    jobId: manifest.jobId,
    id: manifest.id,
    madeBy: manifest.madeBy,
    created: new Date(manifest.createdMs).toISOString(),
    isFinal: manifest.isFinal,
    from: from && `checkpoint ${from.id} of job '${from.jobId}'`,
    sizeBytes: bytesOf(manifest.parts),
    parts: manifest.parts.length,
    keysInUse: storage instanceof EncryptedCheckpointStorage ? [...(await storage.keysInUse())] : undefined,
    operators,
  }
}

async function listOperator(restored: RestoredState, operator: OperatorManifest): Promise<ListedOperator> {
  const counts = { timer: 0, message: 0, operator: 0, pending: 0, state: 0, element: 0, broadcast: 0 }
  const heldBy = new Map<string, number>()
  let keys = 0
  let lastKey: unknown
  for await (const entry of storedEntries(restored, operator)) {
    counts[entry.kind]++
    if (!('state' in entry)) continue
    heldBy.set(entry.state, (heldBy.get(entry.state) ?? 0) + 1)
    if (entry.kind !== 'state') continue
    // The states of a key follow each other and share its value.
    if (entry.key !== lastKey || counts.state === 1) keys++
    lastKey = entry.key
  }
  return {
    uid: operator.uid,
    parallelism: operator.parallelism,
    sizeBytes: bytesOf(restored.manifest.parts.filter((part) => part.uid === operator.uid)),
    keys,
    timers: counts.timer,
    messages: counts.message,
    pending: counts.pending,
    states: operator.states.map(({ name, kind, version, ttl }) => {
      const held = heldBy.get(name) ?? 0
      const isList = kind === 'split-list' || kind === 'union-list'
      const counted = { keys: isList ? 0 : held, elements: isList ? held : 0 }
      return { name, kind, version, ...(ttl === undefined ? {} : { ttl }), ...counted }
    }),
  }
}

/** The list for people. */
export function checkpointText(list: ListedCheckpoint): string {
  const facts = [
    `made by epoch ${list.madeBy}`,
    list.created,
    ...(list.isFinal ? ['all input was read'] : []),
    ...(list.from === undefined ? [] : [`lineage of ${list.from}`]),
  ]
  const rows = list.operators.flatMap((operator) => [
    [operator.uid, '', `parallelism ${operator.parallelism}`, sizeText(operator.sizeBytes), restOf(operator)],
    ...operator.states.map(({ name, kind, version, ttl, keys, elements }) => [
      '',
      name,
      `${kind}, version ${version}${ttl === undefined ? '' : `, ttl ${durationText(ttl.timeMs)}`}`,
      '',
      kind.endsWith('-list') ? counted(elements, 'element') : counted(keys, 'key'),
    ]),
  ])
  return [
    `checkpoint ${list.id} of job '${list.jobId}' in ${list.place} (${facts.join(', ')})`,
    `${sizeText(list.sizeBytes)} in ${counted(list.parts, 'part')}, all of them whole`,
    ...(list.keysInUse === undefined ? [] : [`encrypted; this folder needs ${list.keysInUse.join(', ')}`]),
    '',
    ...columns([['uid', 'state', 'kind', 'size', 'holds'], ...rows]),
    '',
  ].join('\n')
}

function restOf({ keys, timers, messages, pending }: ListedOperator): string {
  return [
    ...(keys === 0 ? [] : [counted(keys, 'key')]),
    ...(timers === 0 ? [] : [counted(timers, 'timer')]),
    ...(messages === 0 ? [] : [counted(messages, 'message')]),
    ...(pending === 0 ? [] : [`${pending.toLocaleString('en-US')} to commit`]),
  ].join(', ')
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
}

function bytesOf(parts: readonly CheckpointPart[]): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0)
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}

/** `512 B`, `3.1 KiB`, `2.0 MiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1_024 ** power).toFixed(1)} ${['', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}
