/** Refuses a Node.js that is too old, in one line, before anything else can fail in a stranger way. */
import { TerminalError } from '../contracts/errors.js'

/** The oldest Node.js that streamcore runs on. */
export const oldestNode = '20.19.4'

/** @throws TerminalError `STREAMCORE_UNSUPPORTED_NODE` */
export function assertSupportedNode(version: string): void {
  const has = parts(version)
  const needs = parts(oldestNode)
  for (const [index, need] of needs.entries()) {
    const came = has[index] ?? 0
    if (came > need) return
    if (came < need) {
      throw new TerminalError(
        'STREAMCORE_UNSUPPORTED_NODE',
        `Expected Node.js ${oldestNode} or newer, got ${version}; install a current one and start again`,
      )
    }
  }
}

function parts(version: string): readonly number[] {
  return version
    .replace(/^v/, '')
    .split(/[.-]/)
    .slice(0, 3)
    .map((part) => Number.parseInt(part, 10))
}
