// Random scenarios: types, a history, an order of delivery, duplicates and stale versions, rows of the target.
import { SeededRandom } from 'streamcore'
import { chance, pick } from '../../src/generate/pick.js'
import { del, graphOf, type History, letter, type Operation, put, type Scenario } from './scenario.js'

/** How much a scenario holds. */
export interface Size {
  readonly types: readonly [min: number, more: number]
  readonly foreignKeys: number
  readonly ids: number
  readonly operations: readonly [min: number, more: number]
}

/** 2–12 operations on 2–4 types. */
export const small: Size = { types: [2, 3], foreignKeys: 3, ids: 2, operations: [2, 11] }
/** 40–199 operations on 3–8 types. */
export const large: Size = { types: [3, 6], foreignKeys: 4, ids: 6, operations: [40, 160] }

/** The scenario of a seed. */
export function randomScenario(seed: number, size: Size): Scenario {
  return new ScenarioMaker(seed, size).make()
}

class ScenarioMaker {
  readonly #random: SeededRandom
  readonly #size: Size
  readonly #types: readonly (readonly string[])[]
  readonly #cyclic: ReadonlySet<string>
  readonly #ids: number
  readonly #rows = new Map<string, readonly (string | null)[]>()
  readonly #versions = new Map<string, number>()
  readonly #deletes: number

  constructor(seed: number, size: Size) {
    this.#random = new SeededRandom(seed)
    this.#size = size
    this.#types = this.#makeTypes()
    this.#cyclic = new Set(
      [...graphOf(this.#types).nodes.values()]
        .filter(({ isCyclic }) => isCyclic)
        .map(({ entity }) => entity.name),
    )
    this.#ids = 1 + this.#random.below(size.ids + (this.#cyclic.size > 0 ? 1 : 0))
    this.#deletes = pick(this.#random, [0.15, 0.35, 0.5])
  }

  make(): Scenario {
    const random = this.#random
    const history = pick(random, ['insert', 'valid', 'valid', 'any', 'any'] as const)
    const all = this.#operations(history)
    // The first operations of a valid history may have been carried out by somebody else.
    const cut = history === 'valid' && chance(random, 0.3) ? random.below(all.length) : 0
    const inTarget = rowsAfter(all.slice(0, cut))
    const mixed = chance(random, 0.7) ? this.#mixed(all.slice(cut)) : all.slice(cut)
    return {
      types: this.#types,
      history,
      inTarget,
      operations: chance(random, 0.4) ? this.#withRepeats(mixed) : mixed,
      partitions: pick(random, [0, 0, 1, 2, 3]),
      crashes: chance(random, 0.1),
    }
  }

  #makeTypes(): readonly (readonly string[])[] {
    const random = this.#random
    const [min, more] = this.#size.types
    const types = Array.from({ length: min + random.below(more) }, (_, type) => {
      if (type === 0 || (type > 1 && chance(random, 0.1))) return []
      const count = 1 + random.below(this.#size.foreignKeys)
      return Array.from({ length: count }, () => letter(chance(random, 0.4) ? type - 1 : random.below(type)))
    })
    if (chance(random, 0.7)) return types
    const from = random.below(types.length)
    const to = chance(random, 0.5) ? from : from + random.below(types.length - from)
    return types.map((targets, type) => (type === from ? [...targets, letter(to)] : targets))
  }

  #operations(history: History): readonly Operation[] {
    const [min, more] = this.#size.operations
    const count = min + this.#random.below(more)
    const operations: Operation[] = []
    for (let attempt = 0; operations.length < count && attempt < count * 20; attempt += 1) {
      const operation = this.#operation(history)
      if (operation) operations.push(operation)
    }
    return operations
  }

  #operation(history: History): Operation | undefined {
    const random = this.#random
    const name = `${letter(random.below(this.#types.length))}${random.below(this.#ids)}`
    const exists = this.#rows.has(name)
    if (
      history === 'valid'
        ? exists && chance(random, this.#deletes)
        : history === 'any' && chance(random, this.#deletes)
    ) {
      if (history === 'valid' && this.#isReferenced(name)) return undefined
      this.#rows.delete(name)
      return del(name, this.#nextVersion(name))
    }
    const before = this.#rows.get(name)
    const parents = before && chance(random, 0.3) ? before : this.#parents(name, history)
    if (history === 'valid' && this.#makesCycle(name, parents)) return undefined
    this.#rows.set(name, parents)
    return put(name, this.#nextVersion(name), ...parents)
  }

  #parents(name: string, history: History): readonly (string | null)[] {
    const random = this.#random
    const targets = this.#types[name.charCodeAt(0) - 65] ?? []
    return targets.map((target) => {
      if (chance(random, 0.2)) return null
      if (history !== 'valid') return `${target}${random.below(this.#ids)}`
      return (
        pick(
          random,
          [...this.#rows.keys()].filter((each) => each.startsWith(target)),
        ) ?? null
      )
    })
  }

  #isReferenced(name: string): boolean {
    return [...this.#rows].some(([other, parents]) => other !== name && parents.includes(name))
  }

  // Rows that form a cycle have no order; a row that points at itself is fine.
  #makesCycle(name: string, parents: readonly (string | null)[]): boolean {
    if (!this.#cyclic.has(name.charAt(0))) return false
    const seen = new Set<string>()
    const toVisit = parents.filter((parent) => parent !== null && parent !== name)
    for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
      if (next === name) return true
      if (next === null || seen.has(next)) continue
      seen.add(next)
      const current = next
      toVisit.push(...(this.#rows.get(current) ?? []).filter((parent) => parent !== current))
    }
    return false
  }

  #nextVersion(name: string): number {
    const version =
      (this.#versions.get(name) ?? 0) + 1 + (chance(this.#random, 0.1) ? this.#random.below(3) : 0)
    this.#versions.set(name, version)
    return version
  }

  // Any order between ids, the given order within an id.
  #mixed(operations: readonly Operation[]): readonly Operation[] {
    const byName = new Map<string, Operation[]>()
    for (const operation of operations)
      byName.set(operation.name, [...(byName.get(operation.name) ?? []), operation])
    const lists = [...byName.values()]
    const mixed: Operation[] = []
    while (mixed.length < operations.length) {
      const next = pick(
        this.#random,
        lists.filter((list) => list.length > 0),
      )?.shift()
      if (next) mixed.push(next)
    }
    return mixed
  }

  #withRepeats(operations: readonly Operation[]): readonly Operation[] {
    const random = this.#random
    const repeated = [...operations]
    for (let count = 1 + random.below(repeated.length > 20 ? 8 : 2); count > 0; count -= 1) {
      const from = random.below(repeated.length)
      const first = repeated[from]
      const again =
        first && chance(random, 0.2) ? { ...first, parents: this.#parents(first.name, 'any') } : first
      if (again) repeated.splice(from + 1 + random.below(repeated.length - from), 0, again)
    }
    return repeated
  }
}

function rowsAfter(operations: readonly Operation[]): readonly Operation[] {
  const rows = new Map<string, Operation>()
  for (const operation of operations) {
    if (operation.kind === 'upsert') rows.set(operation.name, operation)
    else rows.delete(operation.name)
  }
  return [...rows.values()]
}
