/** `explain`: levels and cycles of a model, and the plan of the job that imports it. */
import { Command } from 'commander'
import { buildStreamGraph, explainText, translate } from 'streamcore'
import { job } from '../job.js'
import { type ModelGraph, modelGraph, nodeOf, targetsOf } from '../model/model-graph.js'
import { loadModel } from './load-model.js'
import { wholeNumber } from './parse-options.js'
import { textTable } from './text-table.js'

/** The command. */
export function explainCommand(): Command {
  return new Command('explain')
    .description(
      'show levels, cycles and foreign keys of the data types, and the operators that resolve them',
    )
    .option('--model <file>', 'the data types; those of Berka unless told')
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .action(async (flags: { readonly model?: string; readonly parallelism: number }) => {
      const model = await loadModel(flags.model)
      const plan = translate(buildStreamGraph(job, { model }), { parallelism: flags.parallelism })
      process.stdout.write(`${modelLines(modelGraph(model)).join('\n')}\n\n${explainText(plan)}`)
    })
}

/** The model as lines: what refers to what, on which level, resolved where. */
export function modelLines(graph: ModelGraph): readonly string[] {
  const { model, stages, warnings } = graph
  const rows = stages.flatMap(({ entities, level, name }) =>
    entities.map((entity) => {
      const { foreignKeys } = nodeOf(graph, entity).entity
      const keys = foreignKeys.map(
        (key) => `${key.name} → ${targetsOf(key).join(' or ')}${key.isOptional ? '?' : ''}`,
      )
      return [`${level}  ${entity}`, `resolve-${name}`, keys.join(', ') || 'refers to nothing']
    }),
  )
  const cycles = stages.filter(({ isCyclic }) => isCyclic)
  return [
    `model '${model.name}': ${model.entities.length} types, ${stages.length} stages, ${cycles.length} cycles`,
    '',
    ...textTable([['level and type', 'operator', 'foreign keys'], ...rows]),
    ...cycles.map(
      ({ entities, name }) =>
        `cycle: ${entities.join(', ')} refer to each other or to themselves; resolve-${name} runs at parallelism 1, the others in parallel`,
    ),
    ...warnings.map((warning) => `warning: ${warning}`),
  ]
}
