/** The job file that a command line names. */
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { TerminalError } from '../../contracts/errors.js'

/** @throws TerminalError `STREAMCORE_JOB_LOAD` when there is no such file */
export function jobUrl(file: string): URL {
  const url = pathToFileURL(file)
  if (existsSync(url)) return url
  throw new TerminalError(
    'STREAMCORE_JOB_LOAD',
    `Expected a job file, but there is no ${file}; give the path of a .ts or .js file that exports \`job\``,
    { details: { path: file } },
  )
}
