// `npm run layers`: fails when an import points up, into another package, or at a library the folder must not know.
import { findLayerBreaches } from './lib/layers.mjs'
import { listSourceFiles } from './lib/source-files.mjs'

const files = listSourceFiles()
const breaches = findLayerBreaches(files)
for (const breach of breaches) console.error(breach)
console.log(`layers: ${files.length} files, ${breaches.length} breaches`)
process.exitCode = breaches.length > 0 ? 1 : 0
