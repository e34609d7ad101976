/** Compares the target with a plain ordered load of everything that was delivered. */
import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type ColumnValue, messageOf, type Row, StreamcoreError } from 'streamcore'
import { readDelivery } from '../delivery/read-delivery.js'
import { completeDeliveries } from '../delivery/delivery-mark.js'
import { decodeDelivered } from '../delivery/topic-record.js'
import { type ModelGraph, modelGraph, nodeOf } from '../model/model-graph.js'
import { recordInTarget } from '../model/parse-record.js'
import { compareTarget, type Comparison } from '../verify/compare-target.js'
import { PlainLoad } from '../verify/plain-load.js'
import { count } from './progress.js'
import type { ImportServices } from './import-services.js'
import type { ImportRegister, RegisteredDelivery, StateFolder } from './state-folder.js'

/** What a comparison has shown. */
export interface Verification extends Comparison {
  /** Records that wait in the plain load, too. */
  readonly waiting: number
}

/** Loads rows that were there before, earlier deliveries from the log, and this one from its files; then reads the target. */
export async function verifyTarget(
  services: ImportServices,
  folder: StateFolder,
  { register, delivery }: { readonly register: ImportRegister; readonly delivery: RegisteredDelivery },
): Promise<Verification> {
  const { model, target, context } = services
  const graph = modelGraph(model)
  const load = new PlainLoad(graph)
  if (register.hasBootstrap) await addRowsBefore(load, graph, folder)
  await addEarlierDeliveries(load, graph, { services, delivery })
  const { directory, number } = delivery
  await load.addAll(readDelivery({ model, directory, delivery: number, isPartial: number > 1, context }))
  const { rows, waiting } = load.load()
  return { ...(await compareTarget({ model, expected: rows, target })), waiting: waiting.length }
}

/** `verify: equal …`, or what differs. */
export function verificationLines({ rows, differences, examples, waiting }: Verification): readonly string[] {
  const waits =
    waiting === 0 ? '' : `, ${count(waiting)} ${waiting === 1 ? 'record waits' : 'records wait'} there, too`
  if (differences === 0)
    return [`verify: equal (${count(rows)} rows like those of a plain ordered load${waits})`]
  return [
    `verify: ${count(differences)} differences from a plain ordered load, among ${count(rows)} rows`,
    ...examples.map(({ key, kind, detail }) => `  ${kind} ${key}: ${detail}`),
  ]
}

async function addRowsBefore(load: PlainLoad, graph: ModelGraph, folder: StateFolder): Promise<void> {
  if (!existsSync(folder.rowsBefore)) {
    const message = `Expected ${folder.rowsBefore} to hold the rows from before the import; give --verify with the first import of a --folder that begins with --bootstrap`
    throw new StreamcoreError('STREAMCORE_CONFIG', message, { details: { config: 'verify' } })
  }
  for await (const line of createInterface({ input: createReadStream(folder.rowsBefore) })) {
    const value: unknown = JSON.parse(line)
    if (!isKeptRow(value)) continue
    const record = recordInTarget(nodeOf(graph, value.entity), value.row, folder.rowsBefore)
    if (record.kind !== 'refused') load.add(record)
  }
}

function isKeptRow(value: unknown): value is { readonly entity: string; readonly row: Row } {
  if (typeof value !== 'object' || value === null || !('entity' in value) || !('row' in value)) return false
  const { entity, row } = value
  const isValue = (each: unknown): each is ColumnValue =>
    each === null || ['string', 'number', 'boolean'].includes(typeof each)
  return (
    typeof entity === 'string' && typeof row === 'object' && row !== null && Object.values(row).every(isValue)
  )
}

const pageRecords = 1_000

async function addEarlierDeliveries(
  load: PlainLoad,
  graph: ModelGraph,
  {
    services: { log },
    delivery,
  }: { readonly services: ImportServices; readonly delivery: RegisteredDelivery },
): Promise<void> {
  const complete = new Set((await completeDeliveries(log, graph.model)).map(({ delivery: each }) => each))
  for (const node of graph.nodes.values()) {
    const { topic } = node.entity
    for (const [partition, end] of (delivery.startOffsets[topic] ?? []).entries()) {
      let fromOffset = (await log.offsets(topic, partition)).start
      while (fromOffset < end) {
        const maxRecords = Math.min(pageRecords, end - fromOffset)
        const page = await log.read(topic, partition, { fromOffset, maxRecords })
        for (const stored of page) {
          const delivered = attempt(() =>
            decodeDelivered(node, stored, { topic, partition, offset: stored.offset }),
          )
          if (delivered === undefined || delivered.kind === 'mark') continue
          // Of a delivery that is not complete the import has handed nothing over.
          if (delivered.kind !== 'in-delivery') load.add(delivered)
          else if (complete.has(delivered.delivery)) load.add(delivered.record)
        }
        fromOffset += page.length
        if (page.length === 0) break
      }
    }
  }
}

// What cannot be used became a dead letter in the import.
function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof StreamcoreError && error.code === 'STREAMCORE_RECORD') return undefined
    throw new StreamcoreError('STREAMCORE_INPUT', `The log could not be read again: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
