// What the output topics of an import tell: the waiting table and the dead letters.
import { produce } from '@streamcore/connectors/log'
import { SimulatedPartitionedLog } from 'streamcore/simulation'
import { describe, expect, it } from 'vitest'
import { berka } from '../model/berka.js'
import { createOutputTopics, outputTopics } from '../output-topics.js'
import { countDeadLetters, entityOfLetter, readDeadLetters, reasonKind } from './dead-letters.js'
import { readWaitingTable } from './waiting-table.js'

async function logWith(topic: string, values: readonly unknown[]): Promise<SimulatedPartitionedLog> {
  const log = new SimulatedPartitionedLog()
  await createOutputTopics(log, berka)
  await produce(
    log,
    { topic },
    values.map((value) => ({ value: JSON.stringify(value) })),
  )
  return log
}

describe('the waiting table', () => {
  it('holds what the last event of each version says, oldest version first', async () => {
    const event = (kind: string, id: string, version: number, parent = 'p:1') => ({
      kind,
      entity: 'card',
      id,
      version,
      missing: [{ field: 'disp_id', parent, reason: 'never-seen' }],
      sinceMs: 1,
      place: 'card.asc:2',
    })
    const log = await logWith(outputTopics(berka).waiting, [
      event('waiting', '1', 2),
      event('waiting', '1', 1),
      event('waiting', '2', 1),
      event('overdue', '1', 2, 'p:2'),
      event('ended', '2', 1),
    ])
    const table = await readWaitingTable(log, berka)
    expect([...table.keys()]).toEqual(['card:1'])
    expect(
      table.get('card:1')?.map(({ kind, version, missing }) => [kind, version, missing[0]?.parent]),
    ).toEqual([
      ['waiting', 1, 'p:1'],
      ['overdue', 2, 'p:2'],
    ])
  })

  it('is empty before anything was imported', async () => {
    expect((await readWaitingTable(new SimulatedPartitionedLog(), berka)).size).toBe(0)
  })
})

describe('dead letters', () => {
  const letters = [
    {
      uid: 'records',
      reason: "card.asc:17: column 'card_id': expected a whole number, got 'x'",
      place: 'topic card, partition 1, offset 3',
      value: '',
    },
    {
      uid: 'resolve-2',
      reason: 'waited longer than allowed for account:9',
      key: 'disp:7',
      place: 'disp.asc:9',
      value: '',
    },
  ]

  it('are counted, and read from any of them on', async () => {
    const log = await logWith(outputTopics(berka).deadLetters, letters)
    expect(await countDeadLetters(log, berka)).toBe(2)
    const read: string[] = []
    for await (const { uid } of readDeadLetters(log, berka, 1)) read.push(uid)
    expect(read).toEqual(['resolve-2'])
  })

  it('are grouped by what is the same in their reasons', () => {
    expect(letters.map(reasonKind)).toEqual([
      "column 'card_id': expected a whole number",
      'waited longer than allowed',
    ])
    expect(reasonKind({ reason: 'a.csv:3: id 17: version 2 is there twice' })).toBe(
      'id: version N is there twice',
    )
  })

  it('belong to the type that their file, topic or key names', () => {
    expect(letters.map((letter) => entityOfLetter(berka, letter))).toEqual(['card', 'disp'])
    const byTopic = {
      uid: 'records',
      reason: 'Expected JSON',
      place: 'topic loan, partition 0, offset 1',
      value: '',
    }
    expect(entityOfLetter(berka, byTopic)).toBe('loan')
    expect(entityOfLetter(berka, { uid: 'x', reason: 'y', value: '' })).toBeUndefined()
  })
})
