/** The options that say where the target is. */
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { TargetPlace } from './import-services.js'

/** The options as commander gives them. */
export interface TargetFlags {
  readonly db?: string
  readonly dbCa?: string
  readonly schema?: string
}

/** Adds them. */
export function withTargetOptions(command: Command): Command {
  return command
    .option('--db <url>', 'PostgreSQL, postgres://user:password@host:5432/name; without it an embedded one')
    .addOption(
      new Option('--db-ca <file>', 'certificates (PEM) that the database server is trusted by').env(
        'PGSSLROOTCERT',
      ),
    )
    .option('--schema <name>', 'schema of all tables; the search path of the database decides unless told')
}

/** The place they name. */
export function targetPlace({ db, dbCa, schema }: TargetFlags): TargetPlace {
  return {
    ...(db === undefined ? {} : { db }),
    ...(db === undefined || dbCa === undefined ? {} : { ca: readFileSync(dbCa, 'utf8') }),
    ...(schema === undefined ? {} : { schema }),
  }
}
