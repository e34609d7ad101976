/** Refuses a Node.js that is too old, in one line, before anything else can fail in a stranger way. */
import { TerminalError } from '../contracts/errors.js'
import { unsupportedNode } from './supported-node.js'

/** @throws TerminalError `STREAMCORE_UNSUPPORTED_NODE` */
export function assertSupportedNode(version: string): void {
  const problem = unsupportedNode(version)
  if (problem !== undefined) throw new TerminalError('STREAMCORE_UNSUPPORTED_NODE', problem)
}
