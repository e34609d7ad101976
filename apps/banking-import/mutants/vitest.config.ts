// The tests of the resolver on sources with one planted bug, named by STREAMCORE_MUTANT (its index).
import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig, type Plugin } from 'vitest/config'
import rootConfig from '../../../vitest.config.js'
import { resolverMutants } from './resolver-mutants.js'

const app = fileURLToPath(new URL('..', import.meta.url))
const mutant = resolverMutants[Number(process.env['STREAMCORE_MUTANT'])]
if (mutant === undefined) throw new Error('Expected STREAMCORE_MUTANT to be the index of a mutant')

const plantedBug: Plugin = {
  name: 'planted-bug',
  enforce: 'pre',
  transform(code, id) {
    if (id !== `${app}${mutant.file}`) return undefined
    const count = code.split(mutant.find).length - 1
    if (count !== 1)
      throw new Error(`'${mutant.name}': expected its text once in ${mutant.file}, got ${count}`)
    return { code: code.replace(mutant.find, () => mutant.replace), map: null }
  },
}

export default defineConfig((environment) =>
  mergeConfig(rootConfig(environment), { plugins: [plantedBug], test: { bail: 1, reporters: ['dot'] } }),
)
