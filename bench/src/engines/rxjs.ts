/** The peer `rxjs`: the work as somebody would write it with RxJS, on one core and without checkpoints. */
import { concatMap, filter, groupBy, map, mergeMap, Observable, scan } from 'rxjs'
import { type BankingElement, bankingElementAt, type Dependent } from '../generate/banking.js'
import { eventAt } from '../generate/event.js'
import { type NexmarkEvent, nexmarkEventAt, type Person } from '../generate/nexmark.js'
import { paymentAt, profileOf } from '../generate/payment.js'
import { batchSize, RecordFeed } from '../measure/record-feed.js'
import type { Stopwatch } from '../measure/stopwatch.js'
import type { Tally } from '../measure/tally.js'
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
import { checkOfScore, nextScore } from '../workloads/payment-scores.js'
import type { Workload } from '../workloads/workload.js'
import type { Setup } from './engine.js'

/** Makes a source of the run's records. */
type Records = <T>(generate: (index: number) => T) => Observable<T>

/** Each gives the check values of what reaches the sink. */
const pipelines: Readonly<Record<string, (records: Records, count: number) => Observable<number>>> = {
  w1: (records) =>
    records(eventOf).pipe(
      map(scramble),
      filter(isKept),
      map(({ value }) => value),
    ),
  'w2-10k': (records) => countsOf(records, 10_000),
  'w2-1m': (records) => countsOf(records, 1_000_000),
  w4: (records, count) =>
    records((index) => bankingElementAt(index, count)).pipe(
      groupBy((element) => (element.kind === 'precondition' ? element.id : element.fk)),
      mergeMap((group) => group.pipe(map(waitingRows()))),
      concatMap((rows) => rows),
      map(checkOfRow),
    ),
  q0: (records) => records(nexmarkEventAt).pipe(map(checkOfEvent)),
  q1: (records) =>
    records(nexmarkEventAt).pipe(
      filter((event) => event.kind === 'bid'),
      map(inEuros),
      map(checkOfEvent),
    ),
  q2: (records) =>
    records(nexmarkEventAt).pipe(
      filter((event) => event.kind === 'bid'),
      filter(isWantedBid),
      map(auctionPriceOf),
      map(checkOfAuctionPrice),
    ),
  q3: (records) =>
    records(nexmarkEventAt).pipe(
      filter((event) => isWantedAuction(event) || isWantedPerson(event)),
      groupBy((event) => (event.kind === 'auction' ? event.seller : 'id' in event ? event.id : -1)),
      mergeMap((group) => group.pipe(map(waitingItems()))),
      concatMap((items) => items),
      map(checkOfLocalItem),
    ),
  score: (records) =>
    records(paymentAt).pipe(
      groupBy((payment) => payment.account),
      mergeMap((group) => {
        const account = { profile: profileOf(group.key), count: 0 }
        return group.pipe(map((payment) => nextScore(account, payment)))
      }),
      map(checkOfScore),
    ),
}

/** Runs the pipeline in one thread, whatever the parallelism of the job beside it is. */
export async function runRxjs(workload: Workload, setup: Setup, stopwatch: Stopwatch): Promise<Tally> {
  const pipeline = pipelines[workload.name]
  if (pipeline === undefined) throw new Error(`Expected a workload that RxJS runs, got ${workload.name}`)
  const { records: count } = setup
  const tally = { out: 0, sum: 0 }
  // All is synchronous and the source never completes: completing a million groups takes RxJS hours, and no stream ends so.
  const records: Records = (generate) =>
    new Observable((subscriber) => {
      const feed = new RecordFeed({ generate, records: count, subtaskIndex: 0, parallelism: 1, stopwatch })
      while (!feed.isAtEnd) for (const record of feed.nextBatch(batchSize)) subscriber.next(record)
    })
  const failures: unknown[] = []
  pipeline(records, count).subscribe({
    next(check) {
      tally.out++
      tally.sum += check | 0
    },
    error: (failure: unknown) => failures.push(failure),
  })
  if (failures.length > 0) throw failures[0]
  stopwatch.stop()
  return tally
}

function countsOf(records: Records, keys: number): Observable<number> {
  return records((index) => eventAt(index, keys)).pipe(
    groupBy((event) => event.key),
    mergeMap((group) =>
      group.pipe(
        scan((count) => count + 1, 0),
        map((count) => ({ key: group.key, count })),
      ),
    ),
    map(({ count }) => count),
  )
}

/** The rows that each element of one key releases. */
function waitingRows(): (element: BankingElement) => readonly Row[] {
  let isSeen = false
  let waiting: Dependent[] = []
  return (element) => {
    if (element.kind === 'precondition') {
      const rows = [preconditionRow(element), ...waiting.map((each) => dependentRow(rowKind.waited, each))]
      isSeen = true
      waiting = []
      return rows
    }
    if (isSeen) return [dependentRow(rowKind.direct, element)]
    waiting.push(element)
    return []
  }
}

/** The items that each event of one seller releases. */
function waitingItems(): (event: NexmarkEvent) => readonly LocalItem[] {
  let seller: Person | undefined
  let waiting: number[] = []
  return (event) => {
    if (event.kind === 'person') {
      const items = waiting.map((auction) => localItemOf(event, auction))
      seller = event
      waiting = []
      return items
    }
    if (event.kind !== 'auction') return []
    if (seller !== undefined) return [localItemOf(seller, event.id)]
    waiting.push(event.id)
    return []
  }
}
