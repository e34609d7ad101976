// The workspace's test run on sources with one planted bug, which STREAMCORE_MUTANT describes as JSON: name, path, find, replace.
import { readFileSync } from 'node:fs'
import { defineConfig, mergeConfig, type Plugin } from 'vitest/config'
import rootConfig from '../../vitest.config.js'

const mutant: unknown = JSON.parse(process.env['STREAMCORE_MUTANT'] ?? '{}')

function field(name: string): string {
  const value: unknown = typeof mutant === 'object' && mutant !== null ? Reflect.get(mutant, name) : undefined
  if (typeof value !== 'string') throw new Error(`Expected STREAMCORE_MUTANT to have a text '${name}'`)
  return value
}

const path = field('path')
const count = readFileSync(path, 'utf8').split(field('find')).length - 1
if (count !== 1) throw new Error(`'${field('name')}': expected its text once in ${path}, got ${count}`)

const plantedBug: Plugin = {
  name: 'planted-bug',
  enforce: 'pre',
  transform: (code, id) =>
    id === path ? { code: code.replace(field('find'), () => field('replace')), map: null } : undefined,
}

export default defineConfig((environment) =>
  mergeConfig(rootConfig(environment), { plugins: [plantedBug], test: { bail: 1, reporters: ['dot'] } }),
)
