/** What may be asked of a running job, as lines of JSON. */
import type { JsonValue } from '../../contracts/source.js'

/** A request. */
export type ControlRequest =
  | { readonly command: 'status' }
  | { readonly command: 'savepoint'; readonly directory: string }
  | { readonly command: 'stop'; readonly drain: boolean }
  | { readonly command: 'rescale'; readonly parallelism: number }
  /** `key` as a person writes it. */
  | { readonly command: 'state'; readonly uid: string; readonly key: string }

/** The answer to a request. */
export type ControlAnswer =
  | { readonly ok: true; readonly result: JsonValue }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** The request in a line; undefined when it is none. */
export function parseRequest(line: string): ControlRequest | undefined {
  const fields = objectOf(line)
  if (fields === undefined) return undefined
  const { command, directory, drain, parallelism, uid, key } = fields
  if (command === 'status') return { command }
  if (command === 'savepoint' && typeof directory === 'string') return { command, directory }
  if (command === 'stop' && typeof drain === 'boolean') return { command, drain }
  if (command === 'rescale' && typeof parallelism === 'number') return { command, parallelism }
  if (command === 'state' && typeof uid === 'string' && typeof key === 'string') return { command, uid, key }
  return undefined
}

/** The answer in a line; undefined when it is none. */
export function parseAnswer(line: string): ControlAnswer | undefined {
  const fields = objectOf(line)
  if (fields === undefined) return undefined
  const { ok, result, code, message } = fields
  if (ok === true && result !== undefined) return { ok, result }
  if (ok === false && typeof code === 'string' && typeof message === 'string') return { ok, code, message }
  return undefined
}

function objectOf(line: string): Readonly<Record<string, JsonValue | undefined>> | undefined {
  try {
    const value: JsonValue = JSON.parse(line)
    return typeof value === 'object' && value !== null && !isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
