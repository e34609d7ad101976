/** Compares what a direct import has written with a plain ordered load, row by row or by numbers and digests. */
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { localFiles } from '@streamcore/connectors/files'
import { type Row, type RowChange, StreamcoreError } from 'streamcore'
import { nodePorts } from 'streamcore/node'
import { copiedRow } from '../delivery/copied-record.js'
import { readDelivery } from '../delivery/read-delivery.js'
import type { Model } from '../model/model.js'
import { modelGraph, nodeOfKey } from '../model/model-graph.js'
import type { RecordKey } from '../model/record-key.js'
import type { TallyLine } from '../sinks/change-counter.js'
import { changeOfJson } from '../sinks/change-lines.js'
import { noTally, type TableTally, TallyCounter, tallySum } from '../sinks/row-tally.js'
import type { DirectDelivery } from '../sources/delivery-source.js'
import { PlainLoad } from '../verify/plain-load.js'
import { count } from './progress.js'

/** The rows that a plain load of a delivery gives. */
export async function plainRows(model: Model, directory: string): Promise<ReadonlyMap<RecordKey, Row>> {
  const context = {
    jobId: 'plain-load',
    uid: 'plain-load',
    connections: { files: localFiles() },
    ports: nodePorts({ logLevel: 'warn' }),
  }
  const items = readDelivery({ model, directory, delivery: 1, context })
  return (await new PlainLoad(modelGraph(model)).addAll(items)).load().rows
}

/** All changes that were committed to a folder of files, in their order. */
export async function* committedChanges(directory: string): AsyncGenerator<RowChange> {
  for await (const line of committedLines(directory)) yield changeOfJson(line)
}

/** A table whose numbers differ. */
export interface TallyDifference {
  readonly table: string
  readonly expected: TableTally
  readonly got: TableTally
}

/** What a comparison by numbers and digests has shown. */
export interface TallyVerification {
  readonly rows: number
  readonly differences: readonly TallyDifference[]
}

/** Compares all copies with plain loads of their own; in memory is only one of them. */
export async function verifyTallies(
  model: Model,
  delivery: DirectDelivery,
  written: { readonly kind: 'files' | 'count'; readonly directory: string },
): Promise<TallyVerification> {
  const expected = await expectedTallies(model, delivery)
  const got = written.kind === 'count' ? await countedTallies(written) : await filedTallies(model, written)
  const differences: TallyDifference[] = []
  let rows = 0
  for (const { table } of model.entities) {
    const pair = { table, expected: expected.get(table) ?? noTally, got: got.get(table) ?? noTally }
    rows += pair.got.upserts
    if (JSON.stringify(pair.expected) !== JSON.stringify(pair.got)) differences.push(pair)
  }
  return { rows, differences }
}

/** `verify: equal …`, or what differs. */
export function tallyLines({ rows, differences }: TallyVerification): readonly string[] {
  if (differences.length === 0)
    return [
      `verify: equal (${count(rows)} rows; numbers and digests per table are those of a plain ordered load)`,
    ]
  return [
    `verify: ${count(differences.length)} tables differ from a plain ordered load`,
    ...differences.map(
      ({ table, expected, got }) =>
        `  ${table}: expected ${count(expected.upserts)} rows (digest ${expected.sums.join('/')}), got ${count(got.upserts)} upserts and ${count(got.deletes)} deletes (digest ${got.sums.join('/')})`,
    ),
  ]
}

async function expectedTallies(
  model: Model,
  { directory, copies, stride }: DirectDelivery,
): Promise<ReadonlyMap<string, TableTally>> {
  const graph = modelGraph(model)
  const rows = [...(await plainRows(model, directory))].map(([key, row]) => ({
    node: nodeOfKey(graph, key),
    row,
  }))
  const counters = countersOf(model)
  for (let copy = 0; copy < copies; copy += 1) {
    for (const { node, row } of rows)
      counters.get(node.entity.table)?.add('upsert', copiedRow(node, row, copy, stride))
  }
  return new Map([...counters].map(([table, counter]) => [table, counter.take()]))
}

async function countedTallies({
  directory,
}: {
  readonly directory: string
}): Promise<Map<string, TableTally>> {
  const tallies = new Map<string, TableTally>()
  for await (const line of committedLines(directory)) {
    const tally: unknown = JSON.parse(line)
    if (!isTally(tally))
      throw new StreamcoreError(
        'STREAMCORE_INPUT',
        `Expected numbers of a table in ${directory}, got ${line}`,
      )
    tallies.set(tally.table, tallySum(tallies.get(tally.table) ?? noTally, tally))
  }
  return tallies
}

async function filedTallies(
  model: Model,
  { directory }: { readonly directory: string },
): Promise<ReadonlyMap<string, TableTally>> {
  const counters = countersOf(model)
  for await (const { kind, table, row } of committedChanges(directory)) counters.get(table)?.add(kind, row)
  return new Map([...counters].map(([table, counter]) => [table, counter.take()]))
}

function countersOf({ entities }: Model): ReadonlyMap<string, TallyCounter> {
  return new Map(entities.map((entity) => [entity.table, new TallyCounter(entity)]))
}

function isTally(value: unknown): value is TallyLine {
  if (typeof value !== 'object' || value === null) return false
  const { table, upserts, deletes, sums }: Partial<Record<keyof TallyLine, unknown>> = value
  return (
    typeof table === 'string' &&
    typeof upserts === 'number' &&
    typeof deletes === 'number' &&
    Array.isArray(sums) &&
    sums.length === 2
  )
}

async function* committedLines(directory: string): AsyncGenerator<string> {
  const parts = readdirSync(directory).filter((name) => name.startsWith('part-'))
  for (const part of parts.sort()) {
    yield* createInterface({ input: createReadStream(join(directory, part)), crlfDelay: Infinity })
  }
}
