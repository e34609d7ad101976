/** NEXMark's queries without state: q0 passes all on, q1 converts a currency, q2 selects. */
import { defineJob } from 'streamcore'
import { type Bid, type NexmarkEvent, nexmarkEventAt } from '../generate/nexmark.js'
import { batchSize, RecordFeed } from '../measure/record-feed.js'
import type { Tally } from '../measure/tally.js'
import { countingSink } from './counting-sink.js'
import { generatedSource } from './generated-source.js'
import type { Run, Workload } from './workload.js'

const defaultRecords = 20_000_000
const eurosPerDollar = 0.908
const wantedEvery = 123

/** What q2 gives. */
export interface AuctionPrice {
  readonly auction: number
  readonly price: number
}

/** q1's new bid: the double product, cut off. */
export function inEuros({ kind, auction, bidder, price, dateTime, extra }: Bid): Bid {
  return { kind, auction, bidder, price: Math.trunc(price * eurosPerDollar), dateTime, extra }
}

/** The few items whose bids q2 gives. */
export function isWantedBid({ auction }: Bid): boolean {
  return auction % wantedEvery === 0
}

/** q2's result. */
export function auctionPriceOf({ auction, price }: Bid): AuctionPrice {
  return { auction, price }
}

/** The check value of any event. */
export function checkOfEvent(event: NexmarkEvent): number {
  switch (event.kind) {
    case 'bid':
      return event.price
    case 'auction':
      return event.reserve
    case 'person':
      return event.id
  }
}

/** The check value of q2's results. */
export function checkOfAuctionPrice({ auction, price }: AuctionPrice): number {
  return (auction + price) | 0
}

/** source → sink: what the source and an event cost. */
export const passThrough: Workload = {
  name: 'q0',
  summary: 'NEXMark, all events: source → sink',
  defaultRecords,
  job: (run) =>
    defineJob({ name: 'bench-q0' }, (env) => {
      env
        .fromSource(generatedSource(run, nexmarkEventAt), { uid: 'generator' })
        .sinkTo(countingSink(run, checkOfEvent), { uid: 'sink' })
    }),
  loop: (run) => loopOver(run, checkOfEvent),
  expected: (records) => tallyOf(records, checkOfEvent),
}

/** source → bids → map → sink. */
export const currencyConversion: Workload = {
  name: 'q1',
  summary: 'NEXMark, bids in another currency: source → filter → map → sink',
  defaultRecords,
  job: (run) =>
    defineJob({ name: 'bench-q1' }, (env) => {
      env
        .fromSource(generatedSource(run, nexmarkEventAt), { uid: 'generator' })
        .filter((event) => event.kind === 'bid')
        .map(inEuros)
        .sinkTo(countingSink(run, checkOfEvent), { uid: 'sink' })
    }),
  loop: (run) => loopOver(run, (event) => (event.kind === 'bid' ? inEuros(event).price : undefined)),
  expected: (records) =>
    tallyOf(records, (event) => (event.kind === 'bid' ? Math.trunc(event.price * 0.908) : undefined)),
}

/** source → bids → few of them → map → sink. */
export const selection: Workload = {
  name: 'q2',
  summary: 'NEXMark, bids on a few items: source → filter → filter → map → sink',
  defaultRecords,
  job: (run) =>
    defineJob({ name: 'bench-q2' }, (env) => {
      env
        .fromSource(generatedSource(run, nexmarkEventAt), { uid: 'generator' })
        .filter((event) => event.kind === 'bid')
        .filter(isWantedBid)
        .map(auctionPriceOf)
        .sinkTo(countingSink(run, checkOfAuctionPrice), { uid: 'sink' })
    }),
  loop: (run) =>
    loopOver(run, (event) =>
      event.kind === 'bid' && isWantedBid(event) ? checkOfAuctionPrice(auctionPriceOf(event)) : undefined,
    ),
  expected: (records) =>
    tallyOf(records, (event) =>
      event.kind === 'bid' && event.auction % 123 === 0 ? event.auction + event.price : undefined,
    ),
}

/** `checkOf` gives undefined for what does not reach the sink. */
function loopOver(run: Run, checkOf: (event: NexmarkEvent) => number | undefined): void {
  const feed = new RecordFeed({ ...run, generate: nexmarkEventAt, subtaskIndex: 0 })
  let out = 0
  let sum = 0
  while (!feed.isAtEnd) {
    for (const event of feed.nextBatch(batchSize)) {
      const check = checkOf(event)
      if (check === undefined) continue
      out++
      sum += check | 0
    }
  }
  run.stopwatch.stop()
  run.tally.out = out
  run.tally.sum = sum
}

function tallyOf(records: number, checkOf: (event: NexmarkEvent) => number | undefined): Tally {
  const tally = { out: 0, sum: 0 }
  for (let index = 0; index < records; index++) {
    const check = checkOf(nexmarkEventAt(index))
    if (check === undefined) continue
    tally.out++
    tally.sum += check
  }
  return tally
}
