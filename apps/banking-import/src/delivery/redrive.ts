/** Puts dead letters back into their topics: for those whose cause has gone, such as a model that has learnt a column. */
import { partitionOfKey } from '@streamcore/connectors/log'
import type { DeadLetter, LogAppend, LogRecord, PartitionedLog } from 'streamcore'
import type { Entity } from '../model/entity.js'
import type { Model } from '../model/model.js'
import { entityOfKey } from '../model/record-key.js'
import { encodeTopicRecord, parseTopicRecord } from './topic-record.js'

/** What is put back where. */
export interface RedriveOptions {
  readonly log: PartitionedLog
  readonly model: Model
  readonly letters: AsyncIterable<DeadLetter>
  /** Version of records that had waited too long: their own has been used up. */
  readonly delivery: number
}

/** What came of it. */
export interface RedriveReport {
  readonly letters: number
  readonly redriven: number
  /** Letters that stay, by reason. */
  readonly skipped: ReadonlyMap<string, number>
}

interface Search {
  /** `partition/offset` of records that the source refused. */
  readonly offsets: Set<string>
  /** Places of records that waited too long, such as `card.asc:17`. */
  readonly places: Set<string>
}

/** Each letter's record is looked up in its topic, because a letter holds only the beginning of a long one. */
export async function redrive({ log, model, letters, delivery }: RedriveOptions): Promise<RedriveReport> {
  const searches = new Map<string, Search>()
  const skipped = new Map<string, number>()
  let count = 0
  let redriven = 0
  const skip = (reason: string, by = 1) => skipped.set(reason, (skipped.get(reason) ?? 0) + by)
  for await (const letter of letters) {
    count += 1
    const reason = addToSearch(model, searches, letter)
    if (reason !== undefined) skip(reason)
  }
  for (const entity of model.entities) {
    const search = searches.get(entity.topic)
    if (search === undefined) continue
    const found = await findRecords(log, entity, search)
    const appends = found.flatMap((record) => {
      const again = recordAgain(entity, record, delivery)
      if (typeof again !== 'string') return [again]
      skip(again)
      return []
    })
    const partitions = (await log.partitionCount(entity.topic)) ?? 1
    if (appends.length > 0) await log.append(appends.map((append) => appendTo(entity, append, partitions)))
    redriven += appends.length
    const missing = search.offsets.size + search.places.size - found.length
    if (missing > 0) skip('no longer in the log', missing)
  }
  return { letters: count, redriven, skipped }
}

const outdated = /comes after (a newer one|version)/

function addToSearch(model: Model, searches: Map<string, Search>, letter: DeadLetter): string | undefined {
  if (outdated.test(letter.reason)) return 'a newer version has come'
  const [, topic, partition, offset] =
    /^topic (\S+), partition (\d+), offset (\d+)$/.exec(letter.place ?? '') ?? []
  if (topic !== undefined) {
    searchOf(searches, topic).offsets.add(`${partition}/${offset}`)
    return undefined
  }
  const entity = model.entities.find(({ name }) => name === entityOfKey(letter.key ?? ''))
  if (entity === undefined || letter.place === undefined) return 'not a record of a topic'
  searchOf(searches, entity.topic).places.add(letter.place)
  return undefined
}

function searchOf(searches: Map<string, Search>, topic: string): Search {
  const known = searches.get(topic) ?? { offsets: new Set(), places: new Set() }
  searches.set(topic, known)
  return known
}

interface FoundRecord {
  readonly stored: LogRecord
  readonly isEvicted: boolean
  /** No later record of the topic has its key. */
  readonly isNewest: boolean
}

const pageRecords = 1_000

async function findRecords(
  log: PartitionedLog,
  { topic }: Entity,
  { offsets, places }: Search,
): Promise<readonly FoundRecord[]> {
  const found: FoundRecord[] = []
  const partitions = (await log.partitionCount(topic)) ?? 0
  for (let partition = 0; partition < partitions; partition += 1) {
    const { start, end } = await log.offsets(topic, partition)
    const last = new Map<string, number>()
    const here: { readonly stored: LogRecord; readonly isEvicted: boolean }[] = []
    let fromOffset = start
    while (fromOffset < end) {
      const page = await log.read(topic, partition, { fromOffset, maxRecords: pageRecords })
      for (const stored of page) {
        last.set(keyText(stored), stored.offset)
        const isEvicted = places.size > 0 && places.has(placeOf(stored))
        if (isEvicted || offsets.has(`${partition}/${stored.offset}`)) here.push({ stored, isEvicted })
      }
      fromOffset += page.length
      if (page.length === 0) break
    }
    found.push(
      ...here.map((each) => ({ ...each, isNewest: last.get(keyText(each.stored)) === each.stored.offset })),
    )
  }
  return found
}

interface RecordAgain {
  readonly key: Uint8Array | undefined
  readonly text: string
  readonly timestampMs: number
}

// The reason, where a record stays a dead letter.
function recordAgain(
  { sequence }: Entity,
  { stored, isEvicted, isNewest }: FoundRecord,
  delivery: number,
): RecordAgain | string {
  const { key, value, timestampMs } = stored
  const record = parseTopicRecord(value)
  if ('rejected' in record) return 'the line could not be read: correct the file and deliver it again'
  if (!isEvicted) return { key, text: encodeTopicRecord(record), timestampMs }
  if (!isNewest) return 'a newer version has come'
  if (sequence !== undefined) return `waited too long: deliver it again with a higher ${sequence}`
  return { key, text: encodeTopicRecord({ ...record, version: delivery }), timestampMs }
}

function appendTo({ topic }: Entity, { key, text, timestampMs }: RecordAgain, partitions: number): LogAppend {
  const partition = key === undefined ? 0 : partitionOfKey(key, partitions)
  return { topic, partition, key, value: new TextEncoder().encode(text), timestampMs }
}

function keyText({ key }: LogRecord): string {
  return new TextDecoder().decode(key)
}

function placeOf({ value }: LogRecord): string {
  const record = parseTopicRecord(value)
  return 'rejected' in record ? '' : (record.place ?? '')
}
