// Reads a file whose second line is no JSON.
import { jsonLinesSource } from '@streamcore/connectors/files'
import { defineJob, unchecked } from 'streamcore'
import { printSink } from 'streamcore/node'

const input = jsonLinesSource({ path: 'broken.jsonl', schema: unchecked<{ user: string }>() })
export const job = defineJob({ name: 'broken-input' }, (env) => {
  env.fromSource(input, { uid: 'input' }).sinkTo(printSink(), { uid: 'out' })
})
