// Everything the operators hold for each key, for checks.
import type { GateEntry } from '../../src/operators/gate.js'
import { type Entry, noEntry, type PackedEntry, unpackedEntry } from '../../src/operators/entry.js'
import { type EarlyAnswer, type Waiter, type WaitingVersion } from '../../src/operators/resolve-state.js'
import type { SimulatedImport } from './simulated-import.js'

/** The state of a key. */
export interface KeyView {
  readonly entry: Entry
  readonly grants: number
  readonly queue: readonly WaitingVersion[]
  readonly early: readonly EarlyAnswer[]
  readonly waiters: readonly Waiter[]
  readonly gate: GateEntry | undefined
}

const nothing: KeyView = { entry: noEntry, grants: 0, queue: [], early: [], waiters: [], gate: undefined }

/** Collects the state of every key from all subtasks. */
export function viewOf({ resolves, gates }: SimulatedImport): ReadonlyMap<string, KeyView> {
  const view = new Map<string, KeyView>()
  for (const { state, handles } of resolves) {
    for (const key of state.keys()) {
      state.key = key
      view.set(key, {
        ...nothing,
        entry: unpacked(handles.entry.value()),
        grants: handles.grants.value() ?? 0,
        queue: handles.queue.value() ?? [],
        early: [...handles.early.get()],
        waiters: [...handles.waiters.entries()].map(([, waiter]) => waiter),
      })
    }
  }
  for (const { state, handles } of gates) {
    for (const key of state.keys()) {
      state.key = key
      view.set(key, { ...(view.get(key) ?? nothing), gate: handles.gate.value() })
    }
  }
  return view
}

function unpacked(packed: PackedEntry | undefined): Entry {
  return packed === undefined ? noEntry : unpackedEntry(packed)
}
