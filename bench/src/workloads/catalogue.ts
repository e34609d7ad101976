/** All workloads by name. */
import { bankingResolver } from './banking-resolver.js'
import { fewKeys, manyKeys } from './keyed-counter.js'
import { localItems } from './local-items.js'
import { mapFilter } from './map-filter.js'
import { currencyConversion, passThrough, selection } from './nexmark-queries.js'
import { paymentScores } from './payment-scores.js'
import type { Workload } from './workload.js'

/** In the order in which tables list them. */
export const workloads: readonly Workload[] = [
  mapFilter,
  fewKeys,
  manyKeys,
  bankingResolver,
  passThrough,
  currencyConversion,
  selection,
  localItems,
  paymentScores,
]

/** The workload of that name, which the command line has checked. */
export function workloadNamed(name: string): Workload {
  const workload = workloads.find((each) => each.name === name)
  if (workload !== undefined) return workload
  throw new Error(`Expected a workload of ${workloads.map((each) => each.name).join(', ')}, got '${name}'`)
}
