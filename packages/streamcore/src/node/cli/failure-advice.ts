/** What to do about a failure, where its message does not say so itself. */
import { messageOf, StreamcoreError } from '../../contracts/errors.js'

/** One sentence; undefined when the message says it all. */
export function adviceFor(error: unknown): string | undefined {
  if (!(error instanceof StreamcoreError)) return undefined
  switch (error.code) {
    case 'STREAMCORE_USER_FUNCTION':
      return 'correct the function and run the job again, or read env.deadLetters() in the job to set such records aside'
    case 'STREAMCORE_INVALID_KEY':
      return 'return a key for every record, or filter records without one out before keyBy'
    case 'STREAMCORE_JOB_LOAD':
      return loadAdvice(messageOf(error.cause ?? error))
    case 'STREAMCORE_IO':
      return 'check that the path exists, that the disk has room, and who may write there'
    default:
      return undefined
  }
}

function loadAdvice(message: string): string | undefined {
  const [, missing] = /Cannot find package '([^']+)'/.exec(message) ?? []
  if (missing !== undefined) return `install it: npm install ${packageOf(missing)}`
  if (/Cannot find module/.test(message)) return 'imports of own files name them whole: ./words.ts'
  if (/not supported in strip-only mode/.test(message)) {
    return 'types are removed and nothing is translated: use constants for enums and plain fields for parameter properties'
  }
  if (/outside a module/.test(message))
    return 'add "type": "module" to package.json, or call the file .mjs or .ts'
  return undefined
}

/** `@streamcore/connectors` of `@streamcore/connectors/files`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
