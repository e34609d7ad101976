#!/usr/bin/env node
/** The program `streamcore`. Looks at the Node.js it runs on before anything else is even read. */
import { unsupportedNode } from '../supported-node.js'

const problem = unsupportedNode(process.version)
if (problem === undefined) {
  void import('./command-line.js').then(({ runCommandLine }) => runCommandLine(process.argv.slice(2)))
} else {
  process.stderr.write(`error: ${problem}\n`)
  process.exitCode = 1
}
