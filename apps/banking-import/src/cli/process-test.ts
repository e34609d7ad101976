/** What crash-test and zombie-test have in common: options, the settings of an import's process, and what was found so far. */
import { type Command, Option } from 'commander'
import type { CrashImportSettings } from '../crash-test/crash-settings.js'
import type { Judgement } from './crash-judge.js'
import { seed, wholeNumber } from './parse-options.js'
import { type StateName, stateNames } from './state-backend.js'

/** The options that both take. */
export interface ProcessTestFlags {
  readonly seed: number
  readonly parallelism: number
  readonly state: StateName
  /** Imports that run at a time; as many as there are processors unless told. */
  readonly atOnce?: number
  readonly db?: string
  readonly dbCa?: string
  readonly model?: string
}

/** What both are told. */
export interface ProcessTestSettings extends ProcessTestFlags {
  readonly directory: string
  readonly say: (line: string) => void
}

/** Adds the options; what `--at-once` counts and what `--db` is for are the command's own. */
export function withProcessTestOptions(
  command: Command,
  { atOnce, db }: { readonly atOnce: string; readonly db: string },
): Command {
  return command
    .argument('[directory]', 'the delivery; a bank is made up where none is named')
    .option('--seed <number>', 'draws the moments', seed, 1)
    .option('--parallelism <count>', 'subtasks per operator', wholeNumber(1, 128), 1)
    .addOption(
      new Option('--state <backend>', 'where keyed state is kept').choices(stateNames).default('heap'),
    )
    .option(
      '--at-once <count>',
      `${atOnce} at a time; as many as there are processors unless told`,
      wholeNumber(1, 64),
    )
    .option('--db <url>', db)
    .addOption(
      new Option('--db-ca <file>', 'certificates (PEM) that the database server is trusted by').env(
        'PGSSLROOTCERT',
      ),
    )
    .option('--model <file>', 'the data types; those of Berka unless told')
}

const checkpointIntervalMs = 100
const partitions = 4

/** The settings of import number `number`, which keeps all it has in a folder of its own. */
export function importSettings(
  { directory, model, db, dbCa, seed: firstSeed, parallelism, state }: ProcessTestSettings,
  own: Pick<CrashImportSettings, 'folder' | 'way' | 'sink'> & { readonly number: number },
): CrashImportSettings {
  const { folder, way, sink, number } = own
  return {
    directory,
    folder,
    stateBackend: state,
    way,
    sink,
    takeOver: false,
    partitions,
    parallelism,
    shuffleSeed: firstSeed + number,
    checkpointIntervalMs,
    ...(model === undefined ? {} : { model }),
    // The folder's random end: what a test that was killed has left is nobody else's.
    ...(db === undefined ? {} : { db, schema: `import_test_${folder.slice(-6)}` }),
    ...(dbCa === undefined ? {} : { dbCa }),
  }
}

const findingsMax = 10

/** What imports were found to have done wrong, added up. */
export class Findings {
  #lost = 0
  #doubled = 0
  #violations = 0
  readonly #texts: string[] = []

  /** What one import has left. */
  add({ lost, doubled, violations, findings }: Judgement): void {
    this.#lost += lost
    this.#doubled += doubled
    this.#violations += violations
    this.#texts.push(...findings.slice(0, findingsMax - this.#texts.length))
  }

  /** In all; of the findings the first ones. */
  get total(): Judgement {
    return {
      lost: this.#lost,
      doubled: this.#doubled,
      violations: this.#violations,
      findings: [...this.#texts],
    }
  }
}
