/** Finds the user's own line in a stack, so that messages about the plan can say where it was written. */

/** The folder streamcore runs from, as URL text; frames inside of it are not the user's. */
const ownFolder = withoutScheme(import.meta.url).replace(/[^/]*\/[^/]*$/, '')

/** Tests of streamcore live beside its code but stand for users. */
const testFile = /\.test(-d)?\.[cm]?[jt]sx?$/

/** `path/job.ts:4:12` of the first frame outside streamcore; undefined where stacks have no such frame. */
export function userFrame(): string | undefined {
  const stack: unknown = new Error('only its stack is read').stack
  return typeof stack === 'string' ? firstUserFrame(stack) : undefined
}

/** The same, for a given stack text. */
export function firstUserFrame(stack: string): string | undefined {
  for (const line of stack.split('\n')) {
    const frame = /(?<=[\s(@])((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?)(?:\?[^:()]*)?:(\d+):(\d+)\)?\s*$/.exec(
      line,
    )
    const location = frame?.[1]
    if (location === undefined) continue
    const path = withoutScheme(location)
    if (path.startsWith(ownFolder) && !testFile.test(path)) continue
    return `${path}:${frame?.[2]}:${frame?.[3]}`
  }
  return undefined
}

function withoutScheme(location: string): string {
  return location.replaceAll('\\', '/').replace(/^file:\/\/(?:\/(?=[A-Za-z]:))?/, '')
}
