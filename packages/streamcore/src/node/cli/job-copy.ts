/** Which copy of streamcore a job file would import: a program installed elsewhere must not run it with another one. */
import { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The program of the job's own streamcore; undefined when that is this one, or the file has none installed. */
export function programOfJob(file: string): URL | undefined {
  let folder: string
  try {
    folder = dirname(createRequire(resolve(file)).resolve('streamcore/package.json'))
  } catch {
    // Not installed there: the module hooks give the file this copy.
    return undefined
  }
  if (fileURLToPath(import.meta.url).startsWith(folder + sep)) return undefined
  return pathToFileURL(join(folder, 'dist/node/cli/main.js'))
}
