/** How a delivered record stands in a topic: one JSON object, checked against the model when it is read. */
import { type LogRecord, StreamcoreError } from 'streamcore'
import { describeLogPlace, type LogPlace } from '@streamcore/connectors/log'
import type { Delivered, ImportRecord, PartialRecord } from '../model/import-record.js'
import type { EntityNode } from '../model/model-graph.js'
import { type DeliveredRecord, parsePartialRecord } from '../model/parse-record.js'

/** A line of a delivery that could not be cut into cells; it travels to the dead letters of the job. */
export interface RejectedLine {
  readonly place: string
  readonly reason: string
  readonly raw: string
}

/** What a topic record holds. */
export type TopicRecord = DeliveredRecord | { readonly rejected: RejectedLine }

/** Stands in every partition, behind all records of a delivery. */
export interface TopicMark {
  readonly complete: { readonly delivery: number; readonly of: number }
}

const valueBytesMax = 1024 * 1024

/** The text of a topic record. */
export function encodeTopicRecord(record: TopicRecord | TopicMark): string {
  return JSON.stringify(record)
}

/**
 * The checked change of a topic record.
 * @throws StreamcoreError `STREAMCORE_RECORD` with the place in the delivery, the column and the reason
 */
export function decodeTopicRecord(
  node: EntityNode,
  stored: LogRecord,
  logPlace: LogPlace,
): ImportRecord | PartialRecord {
  return recordOf(node, parseTopicRecord(stored.value), logPlace)
}

/**
 * As {@link decodeTopicRecord}, with marks, and with the delivery of a record where it names one.
 * @throws StreamcoreError `STREAMCORE_RECORD`
 */
export function decodeDelivered(node: EntityNode, stored: LogRecord, logPlace: LogPlace): Delivered {
  const parsed = parseTopicValue(stored.value)
  const lane = `${logPlace.topic}/${logPlace.partition}`
  if ('complete' in parsed) return { kind: 'mark', lane, ...parsed.complete }
  const record = recordOf(node, parsed, logPlace)
  const delivery = 'cells' in parsed ? parsed.delivery : undefined
  return delivery === undefined ? record : { kind: 'in-delivery', delivery, lane, record }
}

function recordOf(
  node: EntityNode,
  delivered: TopicRecord,
  logPlace: LogPlace,
): ImportRecord | PartialRecord {
  if ('rejected' in delivered) throw refusal(delivered.rejected.place, delivered.rejected.reason)
  const place = delivered.place ?? describeLogPlace(logPlace)
  const record = parsePartialRecord(node, delivered, place)
  if (record.kind === 'refused') throw refusal(place, record.reason)
  return record
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The content of a topic record, not yet checked against the model. @throws StreamcoreError `STREAMCORE_RECORD` */
export function parseTopicRecord(value: Uint8Array | undefined): TopicRecord {
  const parsed = parseTopicValue(value)
  if (!('complete' in parsed)) return parsed
  const { delivery } = parsed.complete
  throw new StreamcoreError(
    'STREAMCORE_RECORD',
    `Expected a record, got the mark that delivery ${delivery} is complete`,
  )
}

function parseTopicValue(value: Uint8Array | undefined): TopicRecord | TopicMark {
  if (value === undefined)
    throw new StreamcoreError('STREAMCORE_RECORD', 'Expected a JSON object, got no value')
  if (value.length > valueBytesMax) {
    throw new StreamcoreError(
      'STREAMCORE_RECORD',
      `Expected a record of at most ${valueBytesMax} bytes, got ${value.length}`,
    )
  }
  const parsed = parseJson(value)
  if (isDelivered(parsed) || isRejected(parsed) || isMark(parsed)) return parsed
  throw new StreamcoreError(
    'STREAMCORE_RECORD',
    'Expected a JSON object with `cells`, and perhaps `op`, `version`, `place`',
  )
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(value))
  } catch (cause) {
    throw new StreamcoreError('STREAMCORE_RECORD', 'Expected JSON in UTF-8, got something else', { cause })
  }
}

function isDelivered(input: unknown): input is DeliveredRecord {
  if (!isObject(input) || !isObject(input['cells'])) return false
  const { op, version, place, isPartial, delivery, attempt } = input
  return (
    (delivery === undefined || typeof delivery === 'number') &&
    (attempt === undefined || (Number.isSafeInteger(attempt) && Number(attempt) > 0)) &&
    (isPartial === undefined || typeof isPartial === 'boolean') &&
    (op === undefined || op === 'upsert' || op === 'delete') &&
    (version === undefined || typeof version === 'number') &&
    (place === undefined || typeof place === 'string')
  )
}

function isRejected(input: unknown): input is { readonly rejected: RejectedLine } {
  if (!isObject(input) || !isObject(input['rejected'])) return false
  const { place, reason, raw } = input['rejected']
  return typeof place === 'string' && typeof reason === 'string' && typeof raw === 'string'
}

function isMark(input: unknown): input is TopicMark {
  if (!isObject(input) || !isObject(input['complete'])) return false
  const { delivery, of } = input['complete']
  return Number.isSafeInteger(delivery) && Number.isSafeInteger(of)
}

function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}

function refusal(place: string, reason: string): StreamcoreError {
  return new StreamcoreError('STREAMCORE_RECORD', `${place}: ${reason}`, { details: { place } })
}
