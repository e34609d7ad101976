/** The graph of a model: levels, cycles, stages, and who refers to whom. Everything that is known before the first record. */
import { StreamcoreError } from 'streamcore'
import { coalescedTable } from './coalesced-table.js'
import { componentsOf } from './components.js'
import type { Entity, ForeignKey } from './entity.js'
import type { Model } from './model.js'
import { entityOfKey, type RecordKey } from './record-key.js'

/** An entity in its place. */
export interface EntityNode {
  readonly entity: Entity
  /** Longest path to an entity without foreign keys; entities of one cycle share a level. */
  readonly level: number
  readonly stage: Stage
  /** Part of a cycle, a reference to itself included. */
  readonly isCyclic: boolean
  /** Some entity of a cycle refers to it, directly or not. */
  readonly isAboveCycle: boolean
  /** Some foreign key points at it. */
  readonly isReferenced: boolean
}

/** Entities that one pair of operators resolves and gates: those of a level, or those of a cycle. */
export interface Stage {
  /** Position in {@link ModelGraph.stages}: what is referred to comes first. */
  readonly index: number
  readonly name: string
  readonly level: number
  readonly entities: readonly string[]
  readonly isCyclic: boolean
  /** Stages of entities that this stage's entities refer to (itself included when it is cyclic). */
  readonly parents: readonly number[]
  /** Stages of entities that refer to this stage's entities (itself included when it is cyclic). */
  readonly children: readonly number[]
}

/** A checked model. */
export interface ModelGraph {
  readonly model: Model
  readonly stages: readonly Stage[]
  readonly nodes: ReadonlyMap<string, EntityNode>
  /** What is allowed and yet looks like a mistake. */
  readonly warnings: readonly string[]
}

/**
 * Finds levels, cycles and stages.
 * @throws StreamcoreError `STREAMCORE_GRAPH` for unknown or doubled entities and for foreign keys that cannot match
 */
export function modelGraph(model: Model): ModelGraph {
  const { entities } = model
  if (entities.length === 0) refuse('entities', 'at least one entity', 'none')
  const indexOf = new Map(entities.map((entity, index) => [entity.name, index]))
  checkNames(model)
  for (const entity of entities) for (const key of entity.foreignKeys) checkTargets(model, entity, key)
  const targets = entities.map((entity) =>
    entity.foreignKeys.flatMap(targetsOf).map((name) => indexOf.get(name) ?? 0),
  )
  const component = componentsOf(targets)
  const levels = levelsOf(targets, component)
  const isCyclic = targets.map(
    (of, index) =>
      of.includes(index) ||
      component.indexOf(component[index] ?? -1) !== component.lastIndexOf(component[index] ?? -1),
  )
  const shape = { model, targets, levels, isCyclic, component }
  const stages = stagesOf(shape)
  return { model, stages, nodes: nodesOf(shape, stages), warnings: warningsOf(model, targets) }
}

/** The entities a foreign key may point at. */
export function targetsOf(key: ForeignKey): readonly string[] {
  return key.by === undefined ? (key.to === undefined ? [] : [key.to]) : Object.values(key.by.cases)
}

/** The node of an entity that is known to exist. */
export function nodeOf(graph: ModelGraph, entity: string): EntityNode {
  const node = graph.nodes.get(entity)
  if (node) return node
  const known = [...graph.nodes.keys()].join(', ')
  throw new StreamcoreError('STREAMCORE_GRAPH', `Expected one of the entities (${known}), got '${entity}'`)
}

/** The node of the entity a key belongs to. */
export function nodeOfKey(graph: ModelGraph, key: RecordKey): EntityNode {
  return nodeOf(graph, entityOfKey(key))
}

interface Shape {
  readonly model: Model
  readonly targets: readonly (readonly number[])[]
  readonly levels: readonly number[]
  readonly isCyclic: readonly boolean[]
  readonly component: readonly number[]
}

// Components are numbered so that what is pointed at comes first: one pass in that order finds the longest paths.
function levelsOf(targets: readonly (readonly number[])[], component: readonly number[]): readonly number[] {
  const levelOfComponent: number[] = []
  const byComponent = targets
    .map((_, index) => index)
    .sort((a, b) => (component[a] ?? 0) - (component[b] ?? 0))
  for (const index of byComponent) {
    const own = component[index] ?? 0
    for (const target of targets[index] ?? []) {
      const other = component[target] ?? 0
      if (other !== own)
        levelOfComponent[own] = Math.max(levelOfComponent[own] ?? 0, (levelOfComponent[other] ?? 0) + 1)
    }
    levelOfComponent[own] ??= 0
  }
  return component.map((own) => levelOfComponent[own] ?? 0)
}

// One stage for the acyclic entities of a level, one for each cycle.
function stagesOf({ model, targets, levels, isCyclic, component }: Shape): readonly Stage[] {
  const groupOf = (index: number) => `${levels[index]}${isCyclic[index] ? ` ${component[index]}` : ''}`
  const groups = new Map<string, number[]>()
  for (let index = 0; index < targets.length; index += 1) {
    const members = groups.get(groupOf(index)) ?? []
    groups.set(groupOf(index), [...members, index])
  }
  const sorted = [...groups.values()].sort((a, b) => (levels[a[0] ?? 0] ?? 0) - (levels[b[0] ?? 0] ?? 0))
  const stageOf = (index: number) => sorted.findIndex((members) => members.includes(index))
  const links = targets.flatMap((of, index) =>
    of.map((target) => ({ child: stageOf(index), parent: stageOf(target) })),
  )
  return sorted.map((members, index) => {
    const first = members[0] ?? 0
    const entities = members.map((member) => model.entities[member]?.name ?? '')
    const parents = links.filter(({ child }) => child === index).map(({ parent }) => parent)
    const children = links.filter(({ parent }) => parent === index).map(({ child }) => child)
    return {
      index,
      name: isCyclic[first] ? `${levels[first]}-${entities[0]}` : `${levels[first]}`,
      level: levels[first] ?? 0,
      entities,
      isCyclic: isCyclic[first] ?? false,
      parents: sortedSet(parents),
      children: sortedSet(children),
    }
  })
}

function nodesOf(
  { model, targets, levels, isCyclic }: Shape,
  stages: readonly Stage[],
): ReadonlyMap<string, EntityNode> {
  const aboveCycle = new Set<number>()
  const toVisit = targets.flatMap((of, index) => (isCyclic[index] ? of : []))
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    if (aboveCycle.has(next)) continue
    aboveCycle.add(next)
    toVisit.push(...(targets[next] ?? []))
  }
  const referenced = new Set(targets.flat())
  const nodes = model.entities.flatMap((entity, index) => {
    const stage = stages.find(({ entities }) => entities.includes(entity.name))
    if (!stage) return []
    const node: EntityNode = {
      entity,
      level: levels[index] ?? 0,
      stage,
      isCyclic: isCyclic[index] ?? false,
      isAboveCycle: aboveCycle.has(index),
      isReferenced: referenced.has(index),
    }
    return [{ name: entity.name, node }]
  })
  return new Map(nodes.map(({ name, node }) => [name, node]))
}

function checkNames({ entities }: Model): void {
  const taken = new Map<string, string>([[`table ${coalescedTable.table}`, 'the import itself']])
  for (const entity of entities) {
    for (const [what, name] of [
      ['name', entity.name],
      ['table', entity.table],
      ['topic', entity.topic],
      ['file', entity.file],
      ['deleteFile', entity.deleteFile],
    ] as const) {
      const slot = `${what === 'deleteFile' ? 'file' : what} ${name}`
      const owner = taken.get(slot)
      if (owner !== undefined)
        refuse(`entities.${entity.name}.${what}`, `a ${what} of its own`, `'${name}', taken by '${owner}'`)
      taken.set(slot, entity.name)
    }
  }
}

function checkTargets({ entities }: Model, entity: Entity, key: ForeignKey): void {
  const config = `entities.${entity.name}.foreignKeys.${key.name}`
  for (const name of targetsOf(key)) {
    const target = entities.find((each) => each.name === name)
    if (!target)
      refuse(config, `one of the entities (${entities.map((each) => each.name).join(', ')})`, `'${name}'`)
    if (target.id.length !== key.columns.length) {
      refuse(
        config,
        `${target.id.length} columns, as the id of '${name}' (${target.id.join(', ')})`,
        `${key.columns.length}`,
      )
    }
    key.columns.forEach((column, index) => {
      const own = entity.columns[column]?.type
      const other = target.columns[target.id[index] ?? '']?.type
      if (own !== other) refuse(config, `column '${column}' to be ${other}, as the id of '${name}'`, `${own}`)
    })
  }
}

function warningsOf({ entities }: Model, targets: readonly (readonly number[])[]): readonly string[] {
  const referenced = new Set(targets.flat())
  const alone = entities.filter(
    (_, index) => entities.length > 1 && targets[index]?.length === 0 && !referenced.has(index),
  )
  const optional = entities.flatMap((entity) =>
    entity.foreignKeys
      .filter(
        (key) => !key.isOptional && key.columns.some((column) => entity.columns[column]?.nullable === true),
      )
      .map(
        (key) =>
          `entities.${entity.name}.foreignKeys.${key.name} is required, but its column may be missing: write '${key.to ?? '…'}?' or drop nullable`,
      ),
  )
  return [
    ...alone.map(({ name }) => `entities.${name} refers to nothing and nothing refers to it`),
    ...optional,
  ]
}

function sortedSet(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b)
}

function refuse(config: string, expected: string, got: string): never {
  throw new StreamcoreError('STREAMCORE_GRAPH', `Expected \`${config}\` to be ${expected}, got ${got}`, {
    details: { config },
  })
}
