/** Says what a model's graph looks like: levels, who refers to whom, which operators run at parallelism 1 and why. */
import type { ForeignKey } from './entity.js'
import { type ModelGraph, nodeOf, type Stage, targetsOf } from './model-graph.js'

/** A line per stage and entity, and the warnings. */
export function explainModel(graph: ModelGraph): string {
  return [
    ...graph.stages.flatMap((stage) => explainStage(graph, stage)),
    ...graph.warnings.map((warning) => `warning: ${warning}`),
  ].join('\n')
}

function explainStage(graph: ModelGraph, stage: Stage): readonly string[] {
  const why = stage.isCyclic ? ` (a cycle: ${cycleOf(graph, stage)}; it runs at parallelism 1)` : ''
  const gate = stage.children.length === 0 ? '' : `, gate-${stage.name}`
  return [
    `level ${stage.level}: resolve-${stage.name}${gate}${why}`,
    ...stage.entities.map((name) => `  ${name}${explainKeys(nodeOf(graph, name).entity.foreignKeys)}`),
  ]
}

function explainKeys(keys: readonly ForeignKey[]): string {
  if (keys.length === 0) return ''
  const texts = keys.map(
    (key) => `${targetsOf(key).join(' or ')}${key.isOptional ? '?' : ''} by ${key.columns.join(', ')}`,
  )
  return ` -> ${texts.join('; ')}`
}

function cycleOf(graph: ModelGraph, { entities }: Stage): string {
  const links = entities.flatMap((name) =>
    nodeOf(graph, name)
      .entity.foreignKeys.filter((key) => targetsOf(key).some((target) => entities.includes(target)))
      .map((key) => `${name}.${key.name}`),
  )
  return links.join(', ')
}
