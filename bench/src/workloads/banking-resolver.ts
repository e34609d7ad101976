/** W4: dependents wait until what they refer to has come; two inputs, a flag and a list per key. */
import { defineJob, listState, type, valueState } from 'streamcore'
import {
  type BankingElement,
  bankingElementAt,
  type Dependent,
  type Precondition,
} from '../generate/banking.js'
import { batchSize, RecordFeed } from '../measure/record-feed.js'
import type { Tally } from '../measure/tally.js'
import { countingSink } from './counting-sink.js'
import { generatedSource } from './generated-source.js'
import type { Run, Workload } from './workload.js'

/** How a row came out: by itself, straight behind what it refers to, or after waiting. */
export const rowKind = { precondition: 0, direct: 1, waited: 2 } as const

/** What comes out. */
export interface Row {
  readonly kind: number
  readonly id: number
  readonly fk: number
  readonly seq: number
  readonly payload: string
}

/** source → split by kind → both keyed by the precondition → connect → resolver → sink. */
export const bankingResolver: Workload = {
  name: 'w4',
  summary: 'dependents wait for their precondition: two keyed streams → connect → resolver → sink',
  defaultRecords: 4_000_000,
  job: resolverJob,
  loop: resolveByHand,
  expected: everyRowOnce,
}

/** A precondition's row. */
export function preconditionRow({ id, version, payload }: Precondition): Row {
  return { kind: rowKind.precondition, id, fk: -1, seq: version, payload }
}

/** A dependent's row. */
export function dependentRow(kind: number, { id, fk, seq, payload }: Dependent): Row {
  return { kind, id, fk, seq, payload }
}

/** A row's check value. */
export function checkOfRow({ id, fk }: Row): number {
  return (Math.imul(id, 31) + fk) | 0
}

function resolverJob(run: Run) {
  return defineJob({ name: 'bench-w4' }, (env) => {
    const elements = env.fromSource(
      generatedSource(run, (index) => bankingElementAt(index, run.records)),
      { uid: 'generator' },
    )
    const preconditions = elements.filter((element) => element.kind === 'precondition')
    const dependents = elements.filter((element) => element.kind === 'dependent')
    preconditions
      .keyBy((precondition) => precondition.id)
      .connect(dependents.keyBy((dependent) => dependent.fk))
      .process({
        uid: 'resolver',
        state: { seen: valueState<boolean>('seen'), waiting: listState<Dependent>('waiting') },
        emits: type<Row>(),
        processElement1(precondition, { state }, out) {
          out.collect(preconditionRow(precondition))
          if (state.seen.value() === true) return
          state.seen.update(true)
          for (const dependent of state.waiting.get()) out.collect(dependentRow(rowKind.waited, dependent))
          state.waiting.clear()
        },
        processElement2(dependent, { state }, out) {
          if (state.seen.value() === true) out.collect(dependentRow(rowKind.direct, dependent))
          else state.waiting.add(dependent)
        },
      })
      .sinkTo(countingSink(run, checkOfRow), { uid: 'sink' })
  })
}

/** What the loop keeps for a key. */
interface Held {
  isSeen: boolean
  waiting: Dependent[] | undefined
}

function resolveByHand(run: Run): void {
  const generate = (index: number): BankingElement => bankingElementAt(index, run.records)
  const feed = new RecordFeed({ ...run, generate, subtaskIndex: 0 })
  const held = new Map<number, Held>()
  const { tally } = run
  const emit = (row: Row): void => {
    tally.out++
    tally.sum += checkOfRow(row)
  }
  while (!feed.isAtEnd) {
    for (const element of feed.nextBatch(batchSize)) {
      if (element.kind === 'precondition') release(held, element, emit)
      else wait(held, element, emit)
    }
  }
  run.stopwatch.stop()
}

function release(held: Map<number, Held>, precondition: Precondition, emit: (row: Row) => void): void {
  emit(preconditionRow(precondition))
  const entry = held.get(precondition.id)
  if (entry === undefined) {
    held.set(precondition.id, { isSeen: true, waiting: undefined })
    return
  }
  entry.isSeen = true
  for (const dependent of entry.waiting ?? []) emit(dependentRow(rowKind.waited, dependent))
  entry.waiting = undefined
}

function wait(held: Map<number, Held>, dependent: Dependent, emit: (row: Row) => void): void {
  const entry = held.get(dependent.fk)
  if (entry === undefined) held.set(dependent.fk, { isSeen: false, waiting: [dependent] })
  else if (entry.isSeen) emit(dependentRow(rowKind.direct, dependent))
  else if (entry.waiting === undefined) entry.waiting = [dependent]
  else entry.waiting.push(dependent)
}

/** Whatever waits comes out in the end: the result needs no state. */
function everyRowOnce(records: number): Tally {
  let sum = 0
  for (let index = 0; index < records; index++) {
    const element = bankingElementAt(index, records)
    const fk = element.kind === 'precondition' ? -1 : element.fk
    sum += (Math.imul(element.id, 31) + fk) | 0
  }
  return { out: records, sum }
}
