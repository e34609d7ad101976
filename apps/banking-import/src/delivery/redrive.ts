/** Puts dead letters back into their topics: for those whose cause has gone, such as a model that has learnt a column. */
import {
  assert,
  type DeadLetter,
  type LogAppend,
  type LogRecord,
  type PartitionedLog,
  StreamcoreError,
} from 'streamcore'
import type { Model } from '../model/model.js'
import { type EntityNode, modelGraph, nodeOf } from '../model/model-graph.js'
import { entityOfKey, type RecordKey } from '../model/record-key.js'
import { decodeTopicRecord, encodeTopicRecord, parseTopicRecord, type TopicRecord } from './topic-record.js'

/** What is put back where. */
export interface RedriveOptions {
  readonly log: PartitionedLog
  readonly model: Model
  readonly letters: AsyncIterable<DeadLetter>
  /** Its number gives the attempts of versions that were given up theirs: those of later deliveries are higher. */
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
  /** `key@version` of versions that were given up. */
  readonly versions: Set<string>
}

const attemptsPerDelivery = 10_000_000
const encoder = new TextEncoder()

/**
 * Each letter's record is looked up in its topic, because a letter holds only the beginning of a long one. A version that was
 * given up comes again with the number of the attempt; the resolver takes it unless a newer one has gone by. Doing the same
 * again, after a crash, has no further effect: attempts count once.
 */
export async function redrive({ log, model, letters, delivery }: RedriveOptions): Promise<RedriveReport> {
  const graph = modelGraph(model)
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
    const found = await findRecords(log, nodeOf(graph, entity.name), search)
    const missing = search.offsets.size + search.versions.size - found.length
    if (missing > 0) skip('no longer in the log', missing)
    const appends: LogAppend[] = []
    for (const { stored, partition, record, isGivenUp } of found) {
      if (record === undefined) {
        skip('it is no record: correct it and send it again')
        continue
      }
      if ('rejected' in record) {
        skip('the line could not be read: correct the file and deliver it again')
        continue
      }
      redriven += 1
      assert(
        redriven < attemptsPerDelivery,
        'fewer dead letters are redriven at a time than there are numbers',
      )
      const attempt = delivery * attemptsPerDelivery + redriven
      const again = isGivenUp ? { ...record, attempt } : record
      const value = encoder.encode(encodeTopicRecord(again))
      const { key, timestampMs } = stored
      // In its partition, where the other versions of its id are.
      appends.push({ topic: entity.topic, partition, key, value, timestampMs })
    }
    if (appends.length > 0) await log.append(appends)
  }
  return { letters: count, redriven, skipped }
}

const outdated = /comes after (a newer one|version)/

function addToSearch(model: Model, searches: Map<string, Search>, letter: DeadLetter): string | undefined {
  if (outdated.test(letter.reason)) return 'a newer version has come'
  const [, topic, partition, offset] =
    /^topic (\S+), partition (\d+), offset (\d+)$/.exec(letter.place ?? '') ?? []
  const entity = model.entities.find(({ name }) => name === entityOfKey(letter.key ?? ''))
  if (isGivenUpLetter(letter)) {
    if (letter.isWaiting) return 'it waits on, and goes by itself once what it waits for comes'
    if (entity === undefined) return 'the model has no such type any more'
    searchOf(searches, entity.topic).versions.add(versionText(letter))
    return undefined
  }
  if (topic === undefined) return 'not a record of a topic'
  searchOf(searches, topic).offsets.add(`${partition}/${offset}`)
  return undefined
}

interface GivenUpLetter {
  readonly key: RecordKey
  readonly version: number
  readonly isWaiting: boolean
}

function isGivenUpLetter(letter: object): letter is GivenUpLetter {
  return (
    'key' in letter &&
    typeof letter.key === 'string' &&
    'version' in letter &&
    typeof letter.version === 'number' &&
    'isWaiting' in letter &&
    typeof letter.isWaiting === 'boolean'
  )
}

function versionText({ key, version }: { readonly key: RecordKey; readonly version: number }): string {
  return `${key}@${version}`
}

function searchOf(searches: Map<string, Search>, topic: string): Search {
  const known = searches.get(topic) ?? { offsets: new Set(), versions: new Set() }
  searches.set(topic, known)
  return known
}

interface FoundRecord {
  readonly stored: LogRecord
  readonly partition: number
  /** Undefined where it can not even be read as one. */
  readonly record: TopicRecord | undefined
  readonly isGivenUp: boolean
}

const pageRecords = 1_000

// In the order of the log, so that the versions of a record come again in their order.
async function findRecords(
  log: PartitionedLog,
  node: EntityNode,
  { offsets, versions }: Search,
): Promise<readonly FoundRecord[]> {
  const { topic } = node.entity
  const found: FoundRecord[] = []
  const seen = new Set<string>()
  const partitions = (await log.partitionCount(topic)) ?? 0
  for (let partition = 0; partition < partitions; partition += 1) {
    const { start, end } = await log.offsets(topic, partition)
    let fromOffset = start
    while (fromOffset < end) {
      const page = await log.read(topic, partition, { fromOffset, maxRecords: pageRecords })
      for (const stored of page) {
        const isRefused = offsets.has(`${partition}/${stored.offset}`)
        const version = versions.size > 0 ? versionOf(node, stored, partition) : undefined
        const isGivenUp = version !== undefined && versions.has(version) && !seen.has(version)
        if (!isRefused && !isGivenUp) continue
        if (version !== undefined) seen.add(version)
        found.push({ stored, partition, record: attempted(() => parseTopicRecord(stored.value)), isGivenUp })
      }
      fromOffset = (page.at(-1)?.offset ?? end) + 1
    }
  }
  return found
}

// Undefined for what is no version by itself: bad records, and earlier attempts.
function versionOf(node: EntityNode, stored: LogRecord, partition: number): string | undefined {
  const place = { topic: node.entity.topic, partition, offset: stored.offset }
  const record = attempted(() => decodeTopicRecord(node, stored, place))
  if (record === undefined || record.kind === 'delete' || record.attempt !== undefined) return undefined
  return versionText(record)
}

// What cannot be used is a dead letter of its own.
function attempted<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof StreamcoreError && error.code === 'STREAMCORE_RECORD') return undefined
    throw error
  }
}
