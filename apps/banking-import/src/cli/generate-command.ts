/** `generate <directory>`: deliveries of an imaginary bank. */
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { NodeFileSystem } from 'streamcore/node'
import { generate } from '../generate/generate.js'
import { positiveNumber, seed, wholeNumber } from './parse-options.js'
import { count } from './progress.js'

interface GenerateFlags {
  readonly like: 'berka' | 'wide'
  readonly scale: number
  readonly deliveries: number
  readonly badLines: boolean
  readonly orphans: boolean
  readonly seed: number
}

/** How much of a trouble there is where it is asked for. */
const rates = { updates: 0.1, deletes: 0.02, lateParents: 0.02, badLines: 0.01, orphans: 0.005 }

/** The command. */
export function generateCommand(): Command {
  return new Command('generate')
    .description('write deliveries of an imaginary bank, and its model as JSON')
    .argument('<directory>', 'gets delivery-1, delivery-2, … and model.json')
    .addOption(
      new Option('--like <kind>', 'eight types as those of Berka, or seventy on seven levels')
        .choices(['berka', 'wide'])
        .default('berka'),
    )
    .option(
      '--scale <factor>',
      '1 is about the size of Berka, or 100 rows per type of a wide model',
      positiveNumber,
      1,
    )
    .option(
      '--deliveries <count>',
      'a full one, then changes, deletes and what came late',
      wholeNumber(1, 10_000),
      1,
    )
    .option('--bad-lines', 'one line in a hundred cannot be used', false)
    .option('--orphans', 'some records refer to what never comes', false)
    .option('--seed <number>', 'another bank', seed, 1)
    .action(async (directory: string, flags: GenerateFlags) => {
      const report = await generate({
        like: flags.like,
        directory,
        files: new NodeFileSystem(),
        seed: flags.seed,
        scale: flags.scale,
        deliveries: flags.deliveries,
        trouble: {
          ...(flags.deliveries === 1
            ? {}
            : { updates: rates.updates, deletes: rates.deletes, lateParents: rates.lateParents }),
          ...(flags.badLines ? { badLines: rates.badLines } : {}),
          ...(flags.orphans ? { orphans: rates.orphans } : {}),
        },
      })
      const { lines, deletes, badLines, orphans, lateParents, model, modelFile, directories } = report
      process.stdout.write(
        [
          `${count(lines)} records of ${model.entities.length} types in ${directories.length} deliveries, ${count(deletes)} deletes, ` +
            `${count(badLines)} bad lines, ${count(orphans)} orphans, ${count(lateParents)} parents that come late`,
          `import them with: npm run banking -- import ${directories[0] ?? join(directory, 'delivery-1')} --model ${modelFile}`,
          '',
        ].join('\n'),
      )
    })
}
