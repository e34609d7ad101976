/** Whether the state of an import can be gone on with after its model has changed. */
import type { Entity } from './entity.js'
import type { Model } from './model.js'
import { modelGraph } from './model-graph.js'

/**
 * What of a changed model the state of the old one does not know, in words; empty when it can be gone on with. New entities
 * are no obstacle, nor are columns. A new foreign key is one: rows that are there already hold nothing by it.
 */
export function stateObstacles(before: Model, after: Model): readonly string[] {
  const graph = modelGraph(after)
  return [...modelGraph(before).nodes.values()].flatMap(({ entity, stage }) => {
    const node = graph.nodes.get(entity.name)
    if (node === undefined) return [`'${entity.name}' is gone`]
    const changes = entityObstacles(entity, node.entity)
    // Operators are named after levels: what moves to another level leaves its state behind.
    const hasMoved = stage.name !== node.stage.name && changes.length === 0
    return hasMoved ? [`'${entity.name}' has moved from level ${stage.name} to ${node.stage.name}`] : changes
  })
}

function entityObstacles(before: Entity, after: Entity): readonly string[] {
  const { name } = before
  const obstacles: string[] = []
  if (before.id.join() !== after.id.join()) obstacles.push(`the id of '${name}' is another`)
  if (before.allowsPartial !== after.allowsPartial)
    obstacles.push(`'${name}' ${after.allowsPartial ? 'now allows' : 'no longer allows'} partial records`)
  const old = before.foreignKeys.map(targetText)
  const current = after.foreignKeys.map(targetText)
  for (const key of after.foreignKeys)
    if (!old.includes(targetText(key))) obstacles.push(`'${name}.${key.name}' is new`)
  for (const key of before.foreignKeys)
    if (!current.includes(targetText(key))) obstacles.push(`'${name}.${key.name}' is gone`)
  // State names foreign keys by their place.
  if (obstacles.length === 0 && old.join(';') !== current.join(';'))
    obstacles.push(`the foreign keys of '${name}' stand in another order`)
  return obstacles
}

function targetText({ name, columns, to, by }: Entity['foreignKeys'][number]): string {
  return JSON.stringify([name, columns, to ?? null, by ?? null])
}
