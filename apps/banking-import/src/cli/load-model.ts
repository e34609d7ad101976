/** Loads a model: that of Berka, a user's TypeScript or JavaScript module, or a JSON file as `generate` writes it. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, StreamcoreError } from 'streamcore'
import { isTypeScript, registerTypeStripping } from 'streamcore/node'
import { berka } from '../model/berka.js'
import { type Model, parseModel } from '../model/model.js'

/** The model of a file; that of Berka where none is named. @throws StreamcoreError `STREAMCORE_CONFIG` naming the file */
export async function loadModel(path: string | undefined): Promise<Model> {
  if (path === undefined) return berka
  const full = resolve(path)
  if (!existsSync(full)) throw refusal(full, 'a model file', 'nothing')
  if (full.endsWith('.json')) return parseModel(readJson(full))
  const module = await importModule(full)
  const exported = module['model'] ?? Object.values(module).find(isLikeModel)
  if (exported === undefined) {
    const names = Object.keys(module).join(', ')
    throw refusal(full, 'to export `model`, made by model([...])', names === '' ? 'no exports' : names)
  }
  return parseModel(exported)
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const url = pathToFileURL(path)
  if (isTypeScript(url)) registerTypeStripping()
  try {
    const loaded: Readonly<Record<string, unknown>> = await import(url.href)
    return loaded
  } catch (cause) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `The model ${path} could not be loaded: ${messageOf(cause)}`,
      {
        cause,
        details: { path },
      },
    )
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected ${path} to hold JSON, got: ${messageOf(cause)}`,
      {
        cause,
        details: { path },
      },
    )
  }
}

function isLikeModel(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'entities' in value && 'name' in value
}

function refusal(path: string, expected: string, got: string): StreamcoreError {
  return new StreamcoreError('STREAMCORE_CONFIG', `Expected ${path} to be ${expected}, got ${got}`, {
    details: { path, config: 'model' },
  })
}
