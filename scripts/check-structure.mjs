// `npm run structure`: fails on file names that say nothing, missing opening sentences and doc comments, `export *`.
import { listSourceFiles } from './lib/source-files.mjs'
import { findStructureBreaches } from './lib/structure.mjs'

const files = listSourceFiles()
const breaches = findStructureBreaches(files)
for (const breach of breaches) console.error(breach)
console.log(`structure: ${files.length} files, ${breaches.length} breaches`)
process.exitCode = breaches.length > 0 ? 1 : 0
