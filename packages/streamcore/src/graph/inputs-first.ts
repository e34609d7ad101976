/** Orders nodes so that inputs come before what they feed. */
import { assert } from '../contracts/assert.js'
import type { StreamEdge } from './stream-graph.js'

/** Ids 0 … `count` - 1 with inputs first; otherwise ascending, so that an ordered plan keeps its order. */
export function inputsFirst(count: number, edges: readonly StreamEdge[]): readonly number[] {
  const inputsOf = new Map<number, number[]>()
  for (const { from, to } of edges) inputsOf.set(to, [...(inputsOf.get(to) ?? []), from])
  const order: number[] = []
  const condition = new Map<number, 'open' | 'placed'>()
  const visit = (id: number): void => {
    if (condition.get(id) === 'placed') return
    assert(condition.get(id) !== 'open', 'a plan has no circles')
    condition.set(id, 'open')
    for (const input of (inputsOf.get(id) ?? []).toSorted((a, b) => a - b)) visit(input)
    condition.set(id, 'placed')
    order.push(id)
  }
  for (let id = 0; id < count; id++) visit(id)
  return order
}
