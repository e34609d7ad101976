// `npm run bench:report [-- <file.jsonl…>]`: tables and charts from what `npm run bench -- --out <file>` has written.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseResultLines } from './report/json-lines.js'
import { makeReport } from './report/report.js'

const resultsFolder = fileURLToPath(new URL('../results/', import.meta.url))
const extension = '.jsonl'

try {
  const asked = process.argv.slice(2)
  const files = asked.length > 0 ? asked : resultFiles()
  if (files.length === 0) throw new Error(`Expected files *${extension} in ${resultsFolder}, got none`)
  for (const file of files) await report(file)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function resultFiles(): readonly string[] {
  if (!existsSync(resultsFolder)) return []
  return readdirSync(resultsFolder)
    .filter((name) => name.endsWith(extension))
    .map((name) => join(resultsFolder, name))
}

/** The report stands beside its results. */
async function report(file: string): Promise<void> {
  const name = basename(file, extension)
  const { markdown, charts } = await makeReport(name, parseResultLines(readFileSync(file, 'utf8'), file))
  const folder = dirname(file)
  writeFileSync(join(folder, `${name}.md`), markdown)
  for (const [chart, svg] of charts) writeFileSync(join(folder, chart), svg)
  console.log(`${join(folder, `${name}.md`)}, with ${charts.size} charts`)
}
