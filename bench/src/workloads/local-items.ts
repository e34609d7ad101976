/** NEXMark's q3: items of one category join their sellers from three states, whichever comes first. */
import { defineJob, listState, type, valueState } from 'streamcore'
import { type Auction, type NexmarkEvent, nexmarkEventAt, type Person } from '../generate/nexmark.js'
import { batchSize, RecordFeed } from '../measure/record-feed.js'
import type { Tally } from '../measure/tally.js'
import { countingSink } from './counting-sink.js'
import { generatedSource } from './generated-source.js'
import type { Run, Workload } from './workload.js'

const wantedCategory = 10

/** What comes out: an item with where its seller lives. */
export interface LocalItem {
  readonly name: string
  readonly city: string
  readonly state: string
  readonly auction: number
}

/** source → auctions and persons → keyed by the seller → connect → join → sink. */
export const localItems: Workload = {
  name: 'q3',
  summary: 'NEXMark, items join their sellers: two keyed streams → connect → join → sink',
  defaultRecords: 20_000_000,
  job: localItemsJob,
  loop: joinByHand,
  expected: itemsOfKnownSellers,
}

/** Whether the event is an item of the category. */
export function isWantedAuction(event: NexmarkEvent): event is Auction {
  return event.kind === 'auction' && event.category === wantedCategory
}

/** Whether the event is a person from one of the three states. */
export function isWantedPerson(event: NexmarkEvent): event is Person {
  return event.kind === 'person' && (event.state === 'OR' || event.state === 'ID' || event.state === 'CA')
}

/** The joined row. */
export function localItemOf({ name, city, state }: Person, auction: number): LocalItem {
  return { name, city, state, auction }
}

/** Its check value. */
export function checkOfLocalItem({ auction }: LocalItem): number {
  return auction
}

function localItemsJob(run: Run) {
  return defineJob({ name: 'bench-q3' }, (env) => {
    const events = env.fromSource(generatedSource(run, nexmarkEventAt), { uid: 'generator' })
    events
      .filter(isWantedAuction)
      .keyBy((auction) => auction.seller)
      .connect(events.filter(isWantedPerson).keyBy((person) => person.id))
      .process({
        uid: 'local-items',
        state: { seller: valueState<Person>('seller'), waiting: listState<number>('waiting') },
        emits: type<LocalItem>(),
        processElement1(auction, { state }, out) {
          const seller = state.seller.value()
          if (seller === undefined) state.waiting.add(auction.id)
          else out.collect(localItemOf(seller, auction.id))
        },
        processElement2(person, { state }, out) {
          state.seller.update(person)
          for (const auction of state.waiting.get()) out.collect(localItemOf(person, auction))
          state.waiting.clear()
        },
      })
      .sinkTo(countingSink(run, checkOfLocalItem), { uid: 'sink' })
  })
}

function joinByHand(run: Run): void {
  const feed = new RecordFeed({ ...run, generate: nexmarkEventAt, subtaskIndex: 0 })
  const sellers = new Map<number, Person>()
  const waiting = new Map<number, number[]>()
  const { tally } = run
  const emit = (item: LocalItem): void => {
    tally.out++
    tally.sum += checkOfLocalItem(item)
  }
  while (!feed.isAtEnd) {
    for (const event of feed.nextBatch(batchSize)) {
      if (isWantedAuction(event)) {
        const seller = sellers.get(event.seller)
        const others = waiting.get(event.seller)
        if (seller !== undefined) emit(localItemOf(seller, event.id))
        else if (others === undefined) waiting.set(event.seller, [event.id])
        else others.push(event.id)
      } else if (isWantedPerson(event)) {
        sellers.set(event.id, event)
        for (const auction of waiting.get(event.id) ?? []) emit(localItemOf(event, auction))
        waiting.delete(event.id)
      }
    }
  }
  run.stopwatch.stop()
}

/** The order does not matter in the end: first all sellers, then all items. */
function itemsOfKnownSellers(records: number): Tally {
  const wanted = new Set<number>()
  for (let index = 0; index < records; index++) {
    const event = nexmarkEventAt(index)
    if (event.kind === 'person' && ['OR', 'ID', 'CA'].includes(event.state)) wanted.add(event.id)
  }
  const tally = { out: 0, sum: 0 }
  for (let index = 0; index < records; index++) {
    const event = nexmarkEventAt(index)
    if (event.kind !== 'auction' || event.category !== 10 || !wanted.has(event.seller)) continue
    tally.out++
    tally.sum += event.id
  }
  return tally
}
