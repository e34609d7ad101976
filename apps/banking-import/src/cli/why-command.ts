/** `why <type> <id>`: the path from a waiting record to what is really missing; without a record, everything that waits. */
import { Command } from 'commander'
import { StreamcoreError } from 'streamcore'
import { readWaitingTable, type WaitingTable } from '../inspect/waiting-table.js'
import { countDependents, explainWait } from '../inspect/why.js'
import { withState } from './open-state.js'
import { count } from './progress.js'

const listMax = 50

/** The command. */
export function whyCommand(): Command {
  return new Command('why')
    .description('say why a record waits; without one, list what waits')
    .argument('[type]', 'data type of the record, such as card')
    .argument('[id]', 'its id; the columns of a composite one joined by |')
    .requiredOption('--folder <folder>', 'the folder of the import')
    .action(
      async (entity: string | undefined, id: string | undefined, flags: { readonly folder: string }) => {
        const table = await withState(flags.folder, async ({ log, register }) => {
          if (entity !== undefined && !register.model.entities.some(({ name }) => name === entity)) {
            const known = register.model.entities.map(({ name }) => name).join(', ')
            throw new StreamcoreError(
              'STREAMCORE_CONFIG',
              `Expected one of the types ${known}, got '${entity}'`,
            )
          }
          return await readWaitingTable(log, register.model)
        })
        const lines =
          entity === undefined || id === undefined ? list(table, entity) : why(table, `${entity}:${id}`)
        process.stdout.write(`${lines.join('\n')}\n`)
      },
    )
}

function why(table: WaitingTable, key: string): readonly string[] {
  const explanation = explainWait(table, key, (ms) => new Date(ms).toISOString())
  if (explanation === undefined) return [`${key} does not wait`]
  const roots = explanation.roots.map(({ key: root, reason }) => {
    const freed = countDependents(table, root)
    if (reason === 'cycle') return `${root} and what waits for it form a cycle`
    return `if ${root} came, ${count(freed)} waiting ${freed === 1 ? 'record' : 'records'} could go on`
  })
  return [...explanation.lines, ...roots]
}

function list(table: WaitingTable, entity: string | undefined): readonly string[] {
  const keys = [...table.keys()].filter((key) => entity === undefined || key.startsWith(`${entity}:`))
  if (keys.length === 0) return ['nothing waits']
  const shown = keys.slice(0, listMax).flatMap((key) => {
    const missing = (table.get(key) ?? []).flatMap((event) => event.missing.map(({ parent }) => parent))
    return `${key} waits for ${[...new Set(missing)].join(', ')}`
  })
  const left = keys.length - shown.length
  return [...shown, ...(left === 0 ? [] : [`… and ${count(left)} more`]), `${count(keys.length)} wait`]
}
