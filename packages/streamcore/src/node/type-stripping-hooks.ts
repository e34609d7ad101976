/** Module hooks that strip types. Node.js runs them in a thread of their own, which is why nothing of streamcore is imported. */
import { readFile } from 'node:fs/promises'
import { createRequire, type LoadHook, type ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The transformation that Node.js 22 has built in; the build puts it beside this file. */
interface Amaro {
  transformSync(source: string, options: { mode: 'strip-only'; filename: string }): { readonly code: string }
}

// By require: an import would first search its four megabytes for names of exports.
const require = createRequire(import.meta.url)
const amaroFile = fileURLToPath(new URL('./amaro.cjs', import.meta.url))
let amaro: Amaro | undefined

/** As Node.js does it, and twice more where that fails: with the CLI's own streamcore, and with `.ts` for `.js`. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context)
  } catch (error) {
    if (isPackageOf(specifier, 'streamcore') || isPackageOf(specifier, '@streamcore/connectors')) {
      return await orElse(error, () => nextResolve(specifier, { ...context, parentURL: import.meta.url }))
    }
    if (/^\.{1,2}\/.*\.m?js$/.test(specifier) && /\.m?ts$/.test(context.parentURL ?? '')) {
      return await orElse(error, () => nextResolve(specifier.replace(/js$/, 'ts'), context))
    }
    throw error
  }
}

/** TypeScript files become modules whose lines and columns are those of the file. */
export const load: LoadHook = async (url, context, nextLoad) => {
  if (!/^file:.*\.m?ts$/.test(url)) return await nextLoad(url, context)
  const filename = fileURLToPath(url)
  const source = await readFile(filename, 'utf8')
  return { format: 'module', source: strip(source, filename), shortCircuit: true }
}

function strip(source: string, filename: string): string {
  const stripper: Amaro = (amaro ??= require(amaroFile))
  try {
    return stripper.transformSync(source, { mode: 'strip-only', filename }).code
  } catch (error) {
    throw syntaxError(error, filename)
  }
}

/** What the stripper throws is a plain object, and its place stands in other properties than an error's. */
function syntaxError(thrown: unknown, filename: string): SyntaxError {
  const said: object = typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) }
  const message = 'message' in said ? String(said.message) : String(thrown)
  const line = 'startLine' in said ? String(said.startLine) : '1'
  const column = 'startColumn' in said ? Number(said.startColumn) + 1 : 1
  const error = new SyntaxError(message)
  error.stack = `SyntaxError: ${message}\n    at ${filename}:${line}:${column}`
  return error
}

function isPackageOf(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`)
}

/** The second attempt; when it fails too, the first error is the one that helps. */
async function orElse<T>(error: unknown, attempt: () => T | Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch {
    throw error
  }
}
