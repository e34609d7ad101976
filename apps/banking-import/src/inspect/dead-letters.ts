/** The dead letters of an import: reading them, and counting them by reason. */
import type { DeadLetter, PartitionedLog } from 'streamcore'
import type { Model } from '../model/model.js'
import { entityOfKey } from '../model/record-key.js'
import { outputTopics } from '../output-topics.js'
import { hasTexts, readTopic } from './read-topic.js'

/** All dead letters, oldest first; `skip` leaves that many out. */
export async function* readDeadLetters(
  log: PartitionedLog,
  model: Model,
  skip = 0,
): AsyncGenerator<DeadLetter> {
  let index = 0
  for await (const value of readTopic(log, outputTopics(model).deadLetters)) {
    if (isDeadLetter(value) && index >= skip) yield value
    index += 1
  }
}

function isDeadLetter(value: unknown): value is DeadLetter {
  return hasTexts(value, ['uid', 'reason'])
}

/** How many there are. */
export async function countDeadLetters(log: PartitionedLog, model: Model): Promise<number> {
  const topic = outputTopics(model).deadLetters
  if ((await log.partitionCount(topic)) === undefined) return 0
  const { start, end } = await log.offsets(topic, 0)
  return end - start
}

/**
 * The reason without what differs from letter to letter: `account.asc:17: column 'date': expected a date as YYMMDD, got 'x'`
 * becomes `column 'date': expected a date as YYMMDD`.
 */
export function reasonKind({ reason, place }: Pick<DeadLetter, 'reason' | 'place'>): string {
  const withoutPlace =
    place !== undefined && reason.startsWith(`${place}: `)
      ? reason.slice(place.length + 2)
      : reason.replace(/^[^ :]+:\d+(, column \d+)?: /, '')
  const [kind = ''] = withoutPlace.split(', got ')
  return kind
    .replace(/^id [^:]*: /, 'id: ')
    .replace(/ for \S+:.*$/, '')
    .replaceAll(/\d+/g, 'N')
}

/** The entity a letter belongs to; undefined when it does not say. */
export function entityOfLetter(model: Model, letter: DeadLetter): string | undefined {
  const { key } = letter
  if (typeof key === 'string' && model.entities.some(({ name }) => name === entityOfKey(key)))
    return entityOfKey(key)
  const told = `${letter.reason} ${letter.place ?? ''}`
  const byFile = model.entities.find(
    ({ file, deleteFile }) =>
      told.includes(`${file}:`) || told.includes(`${deleteFile}:`) || told.includes(`'${file}'`),
  )
  return (byFile ?? model.entities.find(({ topic }) => told.includes(`topic ${topic},`)))?.name
}
