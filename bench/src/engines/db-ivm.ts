/** The peer `db-ivm`: the work as a view that TanStack's db-ivm maintains, on one core and without checkpoints. */
import {
  concat,
  D2,
  filter,
  type IStreamBuilder,
  join,
  map,
  MultiSet,
  output,
  reduce,
} from '@tanstack/db-ivm'
import { type BankingElement, bankingElementAt } from '../generate/banking.js'
import { eventAt } from '../generate/event.js'
import { type Bid, type NexmarkEvent, nexmarkEventAt } from '../generate/nexmark.js'
import { type Payment, paymentAt, profileOf } from '../generate/payment.js'
import { batchSize, RecordFeed } from '../measure/record-feed.js'
import type { Stopwatch } from '../measure/stopwatch.js'
import type { RunningTally, Tally } from '../measure/tally.js'
import {
  checkOfRow,
  dependentRow,
  preconditionRow,
  type Row,
  rowKind,
} from '../workloads/banking-resolver.js'
import {
  checkOfLocalItem,
  isWantedAuction,
  isWantedPerson,
  type LocalItem,
  localItemOf,
} from '../workloads/local-items.js'
import { eventOf, isKept, scramble } from '../workloads/map-filter.js'
import {
  auctionPriceOf,
  checkOfAuctionPrice,
  checkOfEvent,
  inEuros,
  isWantedBid,
} from '../workloads/nexmark-queries.js'
import { checkOfScore, nextScore, type Score } from '../workloads/payment-scores.js'
import type { Workload } from '../workloads/workload.js'
import type { Setup } from './engine.js'

/** One run of a view. */
interface ViewRun {
  readonly records: number
  readonly stopwatch: Stopwatch
  readonly tally: RunningTally
}

/** What a view is made of. */
interface View<T, O> {
  generate(index: number): T
  /** Records per step; db-ivm gives what has changed between steps. */
  readonly batch?: number
  build(input: IStreamBuilder<T>): IStreamBuilder<O>
  checkOf(value: O): number
}

const views: Readonly<Record<string, (run: ViewRun) => void>> = {
  w1: (run) =>
    maintain(run, {
      generate: eventOf,
      build: (input) => input.pipe(map(scramble), filter(isKept)),
      checkOf: ({ value }) => value,
    }),
  'w2-10k': (run) => countPerKey(run, 10_000),
  'w2-1m': (run) => countPerKey(run, 1_000_000),
  w4: (run) =>
    maintain(run, {
      generate: (index) => bankingElementAt(index, run.records),
      build: rowsOf,
      checkOf: checkOfRow,
    }),
  q0: (run) => maintain(run, { generate: nexmarkEventAt, build: (input) => input, checkOf: checkOfEvent }),
  q1: (run) =>
    maintain(run, {
      generate: nexmarkEventAt,
      build: (input) => bidsOf(input).pipe(map(inEuros)),
      checkOf: ({ price }) => price,
    }),
  q2: (run) =>
    maintain(run, {
      generate: nexmarkEventAt,
      build: (input) => bidsOf(input).pipe(filter(isWantedBid), map(auctionPriceOf)),
      checkOf: checkOfAuctionPrice,
    }),
  q3: (run) => maintain(run, { generate: nexmarkEventAt, build: itemsOf, checkOf: checkOfLocalItem }),
  score: (run) =>
    maintain(run, {
      generate: paymentAt,
      batch: 1,
      build: (input) =>
        input.pipe(
          map((payment): [number, Payment] => [payment.account, payment]),
          reduce(scoreOfNewest),
          map(([, score]) => score),
        ),
      checkOf: checkOfScore,
    }),
}

/** Maintains the view in one thread, whatever the parallelism of the job beside it is. */
export async function runDbIvm(workload: Workload, setup: Setup, stopwatch: Stopwatch): Promise<Tally> {
  const view = views[workload.name]
  if (view === undefined) throw new Error(`Expected a workload that db-ivm runs, got ${workload.name}`)
  const tally = { out: 0, sum: 0 }
  view({ records: setup.records, stopwatch, tally })
  stopwatch.stop()
  return tally
}

/** A running count asks for every step to be seen, so each record is a step of its own. */
function countPerKey(run: ViewRun, keys: number): void {
  maintain(run, {
    generate: (index) => eventAt(index, keys),
    batch: 1,
    build: (input) =>
      input.pipe(
        map((event): [number, number] => [event.key, 1]),
        reduce((ones) => [[ones.reduce((sum, [, multiplicity]) => sum + multiplicity, 0), 1]]),
      ),
    checkOf: ([, count]) => count,
  })
}

/** The view of an account holds all of its payments, and changes with each of them. */
function scoreOfNewest(payments: [Payment, number][]): [Score, number][] {
  const newest = payments.map(([payment]) => payment).reduce((a, b) => (a.seq > b.seq ? a : b))
  const account = { profile: profileOf(newest.account), count: payments.length - 1 }
  return [[nextScore(account, newest), 1]]
}

/** Preconditions by themselves, and dependents joined with theirs, whichever comes first. */
function rowsOf(input: IStreamBuilder<BankingElement>): IStreamBuilder<Row> {
  const keyed = input.pipe(
    map((element): [number, BankingElement] => [
      element.kind === 'precondition' ? element.id : element.fk,
      element,
    ]),
  )
  const preconditions = keyed.pipe(filter(([, { kind }]) => kind === 'precondition'))
  const dependents = keyed.pipe(filter(([, { kind }]) => kind === 'dependent'))
  const joined = preconditions.pipe(
    join(dependents),
    map(([, [, dependent]]) => rowOf(dependent)),
  )
  return preconditions.pipe(
    map(([, precondition]) => rowOf(precondition)),
    concat(joined),
  )
}

function rowOf(element: BankingElement | null): Row {
  if (element === null) throw new Error('Expected an inner join to give both sides, got one')
  return element.kind === 'precondition' ? preconditionRow(element) : dependentRow(rowKind.direct, element)
}

function bidsOf(input: IStreamBuilder<NexmarkEvent>): IStreamBuilder<Bid> {
  return input.pipe(
    map((event) => (event.kind === 'bid' ? [event] : [])),
    filter((bids) => bids.length > 0),
    map(([bid]) => {
      if (bid === undefined) throw new Error('Expected a filter to keep bids only')
      return bid
    }),
  )
}

/** Items of the category joined with their sellers. */
function itemsOf(input: IStreamBuilder<NexmarkEvent>): IStreamBuilder<LocalItem> {
  const auctions = input.pipe(
    filter(isWantedAuction),
    map((event): [number, NexmarkEvent] => [event.kind === 'auction' ? event.seller : -1, event]),
  )
  const persons = input.pipe(
    filter(isWantedPerson),
    map((event): [number, NexmarkEvent] => [event.kind === 'person' ? event.id : -1, event]),
  )
  return auctions.pipe(
    join(persons),
    map(([, [auction, person]]) => {
      if (auction?.kind === 'auction' && person?.kind === 'person') return localItemOf(person, auction.id)
      throw new Error('Expected an inner join to give an item and its seller')
    }),
  )
}

function maintain<T, O>({ records, stopwatch, tally }: ViewRun, view: View<T, O>): void {
  const { generate, batch = batchSize, build, checkOf } = view
  const graph = new D2()
  const input = graph.newInput<T>()
  build(input).pipe(
    output((changes) => {
      for (const [value, multiplicity] of changes.getInner()) {
        if (multiplicity <= 0) continue
        tally.out += multiplicity
        tally.sum += multiplicity * (checkOf(value) | 0)
      }
    }),
  )
  graph.finalize()
  const feed = new RecordFeed({ generate, records, subtaskIndex: 0, parallelism: 1, stopwatch })
  while (!feed.isAtEnd) {
    input.sendData(new MultiSet(feed.nextBatch(batch).map((record): [T, number] => [record, 1])))
    graph.run()
  }
}
