/** Which Node.js will do. Imports nothing and is written in old syntax, so that a far too old one can still read it. */

/** The oldest Node.js that streamcore runs on. */
export const oldestNode = '20.19.4'

/** What to tell the user of a Node.js that is too old, in one line; undefined when it will do. */
export function unsupportedNode(version: string): string | undefined {
  if (isAtLeast(partsOf(version), partsOf(oldestNode))) return undefined
  return `Expected Node.js ${oldestNode} or newer, got ${version}; install a current one and start again`
}

function isAtLeast(has: readonly number[], needs: readonly number[]): boolean {
  for (let index = 0; index < needs.length; index++) {
    const came = Number(has[index])
    const need = Number(needs[index])
    if (came !== need) return came > need
  }
  return true
}

function partsOf(version: string): readonly number[] {
  return version
    .replace(/^v/, '')
    .split(/[.-]/)
    .slice(0, 3)
    .map((part) => parseInt(part, 10))
}
