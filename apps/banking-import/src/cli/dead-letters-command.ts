/** `dead-letters`: what could not be used, with place and reason; counted, listed, or as JSON lines. */
import { Command } from 'commander'
import type { DeadLetter } from 'streamcore'
import { entityOfLetter, readDeadLetters, reasonKind } from '../inspect/dead-letters.js'
import { withState } from './open-state.js'
import { wholeNumber } from './parse-options.js'
import { count } from './progress.js'
import { textTable } from './text-table.js'

interface DeadLettersFlags {
  readonly folder: string
  readonly count: boolean
  readonly json: boolean
  readonly limit: number
}

/** The command. */
export function deadLettersCommand(): Command {
  return new Command('dead-letters')
    .description('list what could not be used, with place and reason')
    .requiredOption('--folder <folder>', 'the folder of the import')
    .option('--count', 'only numbers, by type and reason', false)
    .option('--json', 'all of them as JSON lines', false)
    .option('--limit <count>', 'list at most so many', wholeNumber(1), 20)
    .action(async (flags: DeadLettersFlags) => {
      await withState(flags.folder, async ({ log, register }) => {
        const letters = readDeadLetters(log, register.model)
        const entityOf = (letter: DeadLetter) => entityOfLetter(register.model, letter) ?? ''
        if (flags.json) await print(letters)
        else if (flags.count) await printCounts(letters, entityOf)
        else await printList(letters, flags.limit)
      })
    })
}

async function print(letters: AsyncIterable<DeadLetter>): Promise<void> {
  for await (const letter of letters) process.stdout.write(`${JSON.stringify(letter)}\n`)
}

async function printCounts(
  letters: AsyncIterable<DeadLetter>,
  entityOf: (letter: DeadLetter) => string,
): Promise<void> {
  const counts = new Map<string, number>()
  for await (const letter of letters) {
    const line = `${entityOf(letter)}\t${reasonKind(letter)}`
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  const rows = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([line, number]) => {
      const [entity = '', reason = ''] = line.split('\t')
      return [`${entity}: ${reason}`, count(number)]
    })
  const total = [...counts.values()].reduce((sum, each) => sum + each, 0)
  const table = rows.length === 0 ? [] : textTable([['type and reason', 'dead letters'], ...rows])
  process.stdout.write(`${[...table, `${count(total)} dead letters`].join('\n')}\n`)
}

async function printList(letters: AsyncIterable<DeadLetter>, limit: number): Promise<void> {
  let total = 0
  for await (const { place, reason } of letters) {
    total += 1
    if (total > limit) continue
    const told = place === undefined || reason.startsWith(`${place}: `) ? reason : `${place}: ${reason}`
    process.stdout.write(`${told}\n`)
  }
  if (total > limit) process.stdout.write(`… and ${count(total - limit)} more; --json gives all\n`)
  process.stdout.write(`${count(total)} dead letters\n`)
}
