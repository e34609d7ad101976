// What must hold when everything delivered is processed: the promises of the resolver, section by section.
import type { GateEntry } from '../../src/operators/gate.js'
import type { Entry } from '../../src/operators/entry.js'
import type { WaitingVersion } from '../../src/operators/resolve-state.js'
import { nodeOfKey } from '../../src/model/model-graph.js'
import { viewOf, type KeyView } from './key-view.js'
import { keyOf, type Operation } from './scenario.js'
import type { RunOptions, SimulatedImport } from './simulated-import.js'
import { Violation } from './violation.js'

/** What a run ended with. */
export interface Outcome {
  readonly waiting: number
  readonly held: number
  readonly fates: ReadonlyMap<string, string>
}

/** Fails with a {@link Violation} when a promise is broken. */
export function check(run: SimulatedImport, options: RunOptions = {}): Outcome {
  const view = viewOf(run)
  const versions = deliveredVersions(run)
  const fates = fatesOf(run, view)
  checkFates(versions, fates, run)
  checkNewest(versions, fates, run, view)
  checkWaiting(run, view)
  checkReferences(run, view)
  checkReports(run, view)
  checkBacklog(run, view)
  if (options.redrives) checkRedriven(versions, fates, run)
  if (run.scenario.history === 'valid') checkValid(versions, run, view)
  if (run.scenario.history === 'insert' && !options.evicts && !options.waitersMax)
    checkUnique(versions, run, view)
  if (run.target.guarded > 0) throw new Violation(`the version guard was needed ${run.target.guarded} times`)
  return {
    waiting: sum(view, ({ queue }) => queue.length),
    held: sum(view, ({ gate }) => (gate?.held ? 1 : 0)),
    fates,
  }
}

type Versions = ReadonlyMap<string, ReadonlyMap<number, Operation>>

// Duplicates and stale versions left out, in order of delivery.
function deliveredVersions({ scenario }: SimulatedImport): Versions {
  const versions = new Map<string, Map<number, Operation>>()
  for (const operation of [...scenario.inTarget, ...scenario.operations]) {
    const key = keyOf(operation.name)
    const own = versions.get(key) ?? new Map<number, Operation>()
    versions.set(key, own)
    if (operation.version > Math.max(-1, ...own.keys())) own.set(operation.version, operation)
  }
  return versions
}

function fatesOf(run: SimulatedImport, view: ReadonlyMap<string, KeyView>): ReadonlyMap<string, string> {
  const fates = new Map<string, string>()
  const evicted = new Map<string, number>()
  const set = (key: string, version: number, fate: string) => {
    const id = `${key}@${version}`
    if (fates.has(id)) throw new Violation(`two fates for ${id}: ${fates.get(id)}, ${fate}`)
    fates.set(id, fate)
  }
  for (const { key, version, fate } of run.audit()) {
    if (fate === 'evicted') evicted.set(`${key}@${version}`, (evicted.get(`${key}@${version}`) ?? 0) + 1)
    else if (fate !== 'stale' && fate !== 'duplicate' && fate !== 'released') set(key, version, fate)
  }
  for (const { key, version, fate } of run.written) set(key, version, fate)
  for (const [key, { queue, gate }] of view) {
    for (const { version } of queue) set(key, version, 'waiting')
    if (gate?.held) set(key, gate.held.change.version, 'held')
  }
  // What was given up may have come again.
  for (const [id, times] of evicted) {
    if (!fates.has(id)) fates.set(id, 'evicted')
    if (times > 1 + run.redriven) throw new Violation(`${id} was given up ${times} times`)
  }
  return fates
}

// Everything that was given up came again: it was taken, unless something newer had gone by.
function checkRedriven(versions: Versions, fates: ReadonlyMap<string, string>, run: SimulatedImport): void {
  for (const [key, own] of versions) {
    for (const version of own.keys()) {
      if (fates.get(`${key}@${version}`) !== 'evicted') continue
      const hasNewer = [...own.values()].some(
        (each) =>
          each.version > version &&
          (each.kind === 'delete' ||
            ['applied', 'coalesced'].includes(fates.get(`${key}@${each.version}`) ?? '')),
      )
      if (!hasNewer) throw new Violation(`${key}@${version} came again and was not taken`)
    }
  }
  if (run.redriven === 0 && [...fates.values()].includes('evicted')) throw new Violation('nothing came again')
}

// c: every delivered version has exactly one fate; what was released was written, and nothing else was.
function checkFates(versions: Versions, fates: ReadonlyMap<string, string>, run: SimulatedImport): void {
  const rows = new Set(run.scenario.inTarget.map(({ name, version }) => `${keyOf(name)}@${version}`))
  for (const [key, own] of versions) {
    for (const version of own.keys()) {
      const id = `${key}@${version}`
      if (!fates.has(id) && !rows.has(id)) throw new Violation(`lost: ${id}`)
    }
  }
  const released = run
    .audit()
    .filter(({ fate }) => fate === 'released')
    .map(({ key, version }) => `${key}@${version}`)
  const written = run.written.map(({ key, version }) => `${key}@${version}`)
  if (released.toSorted().join() !== written.toSorted().join())
    throw new Violation('audit: released and written differ')
}

function checkNewest(
  versions: Versions,
  fates: ReadonlyMap<string, string>,
  run: SimulatedImport,
  view: ReadonlyMap<string, KeyView>,
): void {
  for (const [key, own] of versions) {
    const newest = [...own.values()].at(-1)
    const row = run.target.rows.get(key)
    const at = view.get(key)
    if (newest === undefined || fates.get(`${key}@${newest.version}`) === 'evicted') continue
    const waits = at?.queue.at(-1)?.version === newest.version
    if (newest.kind === 'upsert' && row?.version !== newest.version && !waits) {
      throw new Violation(
        `newest ${key}@${newest.version} neither in the table nor waiting (row ${row?.version})`,
      )
    }
    if (newest.kind === 'delete' && row !== undefined && !at?.gate?.held) {
      throw new Violation(`newest ${key}@${newest.version} is a delete, row still there, nothing held`)
    }
    if (at?.entry.presence === 1 && row?.version !== at.entry.row)
      throw new Violation(`table and resolver differ for ${key}`)
  }
}

// d: the reason of every wait is right, and nothing that waits could go.
function checkWaiting(run: SimulatedImport, view: ReadonlyMap<string, KeyView>): void {
  for (const [key, { queue }] of view) {
    let isBlocked = false
    for (const waiting of queue) {
      const missing = waiting.asks.filter(({ answer }) => answer !== 'granted')
      for (const ask of waiting.asks) checkAsk(key, waiting, ask, { run, view })
      if (missing.length === 0 && !isBlocked)
        throw new Violation(`${key}@${waiting.version} could go but waits`)
      const isGone = missing.some(({ answer }) => answer === 'deleted')
      if (missing.length > 0 && !isGone && !nodeOfKey(run.graph, key).isCyclic) isBlocked = true
    }
  }
}

interface Scene {
  readonly run: SimulatedImport
  readonly view: ReadonlyMap<string, KeyView>
}

function checkAsk(
  key: string,
  { version, since }: WaitingVersion,
  { parent, field, answer }: WaitingVersion['asks'][number],
  { run, view }: Scene,
): void {
  const name = `${key}@${version}`
  const at = view.get(parent)
  if (answer === 'granted') {
    if (!run.target.rows.has(parent))
      throw new Violation(`${name} holds ${parent}, which is not in the table`)
    return
  }
  if (at?.entry.presence === 1) throw new Violation(`${name} reports ${parent} missing, but it is there`)
  const wanted = at?.entry.presence === 2 ? 'deleted' : 'never-seen'
  if (answer !== wanted) throw new Violation(`${name}: wrong reason for ${parent}: ${answer}, not ${wanted}`)
  const isRegistered = at?.waiters.some(
    (waiter) => waiter.child === key && waiter.field === field && waiter.since === since,
  )
  if (!isRegistered) throw new Violation(`${name} not registered at ${parent}`)
}

// e: grants − closes = live references, per incarnation; a held delete has a holder.
function checkReferences({ graph }: SimulatedImport, view: ReadonlyMap<string, KeyView>): void {
  const live = new Map<string, number>()
  const add = (holds: Entry['holds']) => {
    for (const { parent, incarnation } of holds) {
      const id = `${parent}#${incarnation}`
      live.set(id, (live.get(id) ?? 0) + 1)
    }
  }
  for (const [key, { entry, queue, early, gate }] of view) {
    // Every version and attempt that asked has arrived by now.
    if (early.length > 0) throw new Violation(`${key} keeps answers for versions that have been`)
    add(entry.holds)
    for (const { asks } of queue) add(asks.filter(({ answer }) => answer === 'granted'))
    add(gate?.held?.holds ?? [])
  }
  const open = new Map<string, number>()
  for (const [key, { entry, grants, gate }] of view) {
    if (!nodeOfKey(graph, key).isReferenced) continue
    if (entry.presence === 1) open.set(`${key}#${entry.incarnation}`, grants)
    for (const [incarnation, count] of gate?.needed ?? []) open.set(`${key}#${incarnation}`, count)
    for (const [incarnation, count] of gate?.closed ?? [])
      open.set(`${key}#${incarnation}`, (open.get(`${key}#${incarnation}`) ?? 0) - count)
  }
  for (const id of new Set([...live.keys(), ...open.keys()])) {
    if ((open.get(id) ?? 0) !== (live.get(id) ?? 0))
      throw new Violation(`leak: ${id} granted-closed=${open.get(id)}, live=${live.get(id)}`)
  }
  for (const [key, { gate }] of view)
    if (gate?.held && !isHeld(key, gate, live)) throw new Violation(`the delete of ${key} is held by nobody`)
}

function isHeld(key: string, { needed }: GateEntry, live: ReadonlyMap<string, number>): boolean {
  return needed.some(([incarnation]) => (live.get(`${key}#${incarnation}`) ?? 0) > 0)
}

// The waiting table that follows from the events is what the states say, for everything that waited long enough.
function checkReports(run: SimulatedImport, view: ReadonlyMap<string, KeyView>): void {
  const table = new Map<string, string>()
  for (const event of run.resolves.flatMap((node) => node.waiting())) {
    const id = `${event.entity}:${event.id}@${event.version}`
    if (event.kind === 'ended') table.delete(id)
    else table.set(id, event.missing.map(({ parent, reason }) => `${parent} ${reason}`).join())
  }
  for (const [key, { queue }] of view) {
    for (const { version, reported, asks } of queue) {
      if (reported === 'nothing') continue
      const id = `${key}@${version}`
      const wanted = asks
        .flatMap(({ parent, answer }) => (answer === 'granted' ? [] : [`${parent} ${answer}`]))
        .join()
      if (table.get(id) !== wanted)
        throw new Violation(`waiting table: ${id} waits for ${wanted}, shown ${table.get(id)}`)
      table.delete(id)
    }
  }
  if (table.size > 0)
    throw new Violation(`waiting table: ${[...table.keys()].join()} shown, but nothing waits`)
}

// The changes of the backlog add up to what the queues say, per foreign key.
function checkBacklog({ graph, resolves }: SimulatedImport, view: ReadonlyMap<string, KeyView>): void {
  const counts = new Map<string, number>()
  const add = (edge: string, by: number) => counts.set(edge, (counts.get(edge) ?? 0) + by)
  for (const { edge, by } of resolves.flatMap((node) => node.backlog())) add(edge, by)
  for (const [key, { queue }] of view) {
    const { name, foreignKeys } = nodeOfKey(graph, key).entity
    for (const { field, answer } of queue.flatMap(({ asks }) => asks))
      if (answer === 'never-seen' || answer === 'deleted') add(`${name}.${foreignKeys[field]?.name}`, -1)
  }
  for (const [edge, count] of counts)
    if (count !== 0) throw new Violation(`backlog of ${edge}: off by ${count}`)
}

// A valid history ends with the table equal to the source, nothing waiting, nothing held.
function checkValid(versions: Versions, run: SimulatedImport, view: ReadonlyMap<string, KeyView>): void {
  for (const [key, { queue, gate }] of view) {
    const [first] = queue
    if (first) throw new Violation(`valid history, but ${key}@${first.version} waits for ever`)
    if (gate?.held) throw new Violation(`valid history, but the delete of ${key} is held for ever`)
  }
  const wanted = new Map(
    [...versions].flatMap(([key, own]) =>
      [...own.values()].slice(-1).flatMap((last) => (last.kind === 'upsert' ? [[key, last] as const] : [])),
    ),
  )
  if (wanted.size !== run.target.rows.size) throw new Violation('table differs from the source (size)')
  for (const [key, { version, parents }] of wanted) {
    const row = run.target.rows.get(key)
    const same = row?.parents.join() === parents.map((each) => (each === null ? null : keyOf(each))).join()
    if (row?.version !== version || !same) throw new Violation(`table differs from the source at ${key}`)
  }
}

// Without deletes the result is unique: the sequential fixpoint, waiting lists included.
function checkUnique(versions: Versions, run: SimulatedImport, view: ReadonlyMap<string, KeyView>): void {
  const done = new Map<string, number>()
  const isReady = (key: string, { parents }: Operation) =>
    parents.every((parent) => parent === null || keyOf(parent) === key || (done.get(keyOf(parent)) ?? 0) > 0)
  for (let changed = true; changed; ) {
    changed = false
    for (const [key, own] of versions) {
      const list = [...own.values()]
      const from = done.get(key) ?? 0
      const blocked = list.findIndex((each, index) => index >= from && !isReady(key, each))
      const strict = blocked < 0 ? list.length : blocked
      const to = nodeOfKey(run.graph, key).isCyclic
        ? list.findLastIndex((each) => isReady(key, each)) + 1
        : strict
      if (to <= from) continue
      done.set(key, to)
      changed = true
    }
  }
  for (const [key, own] of versions) {
    const list = [...own.values()]
    const wanted = list
      .slice(done.get(key) ?? 0)
      .map(({ version }) => version)
      .join()
    const got = (view.get(key)?.queue ?? []).map(({ version }) => version).join()
    if (wanted !== got) throw new Violation(`waiting list of ${key}: want ${wanted}, got ${got}`)
    const last = list[(done.get(key) ?? 0) - 1]
    if (run.target.rows.get(key)?.version !== last?.version)
      throw new Violation(`table differs from the sequential reference at ${key}`)
  }
}

function sum(view: ReadonlyMap<string, KeyView>, of: (at: KeyView) => number): number {
  return [...view.values()].reduce((total, at) => total + of(at), 0)
}
