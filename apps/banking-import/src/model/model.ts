/** A model: all entities of an import. Plain JSON, so that it can be a job's parameter. */
import { StreamcoreError } from 'streamcore'
import { checkEntity, type Entity } from './entity.js'
import { modelGraph } from './model-graph.js'

/** The entities of an import. */
export interface Model {
  readonly name: string
  readonly entities: readonly Entity[]
}

/**
 * Puts entities together and checks the graph they form.
 * @throws StreamcoreError `STREAMCORE_GRAPH` or `STREAMCORE_CONFIG` naming the entity and the key
 */
export function model(entities: readonly Entity[], options: { readonly name?: string } = {}): Model {
  const made: Model = { name: options.name ?? 'model', entities }
  modelGraph(made)
  return made
}

/**
 * Reads a model that came as JSON, as the parameter of a job does, and checks it again.
 * @throws StreamcoreError `STREAMCORE_CONFIG` when it is no model
 */
export function parseModel(input: unknown): Model {
  if (!isModel(input)) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      'Expected `model` to be what model([...]) returns, got something else',
      {
        details: { config: 'model' },
      },
    )
  }
  for (const each of input.entities) checkEntity(each)
  modelGraph(input)
  return input
}

function isModel(input: unknown): input is Model {
  return isObject(input) && typeof input['name'] === 'string' && isArrayOf(input['entities'], isEntity)
}

function isEntity(input: unknown): input is Entity {
  if (!isObject(input) || !isObject(input['columns'])) return false
  const texts = ['name', 'table', 'versionColumn', 'topic', 'file', 'deleteFile', 'delimiter', 'encoding']
  return (
    texts.every((name) => typeof input[name] === 'string') &&
    typeof input['allowsPartial'] === 'boolean' &&
    Object.values(input['columns']).every(
      (column) => isObject(column) && typeof column['type'] === 'string',
    ) &&
    isArrayOf(input['id'], isText) &&
    isArrayOf(
      input['foreignKeys'],
      (key) => isObject(key) && isText(key['name']) && isArrayOf(key['columns'], isText),
    )
  )
}

function isText(input: unknown): input is string {
  return typeof input === 'string'
}

function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}

function isArrayOf(input: unknown, isMember: (member: unknown) => boolean): boolean {
  return Array.isArray(input) && input.every(isMember)
}
