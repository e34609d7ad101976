/** Asserts: what must hold whatever the input is; they stay on in production. */
import { StreamcoreError } from './errors.js'

/** Fails the job loudly when an invariant is broken; `message` says what must hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new StreamcoreError('STREAMCORE_ASSERTION', `Broken invariant: ${message}`)
}

/** Marks a branch that the types exclude; reaching it means that a case is missing. */
export function unreachable(value: never): never {
  throw new StreamcoreError('STREAMCORE_ASSERTION', `Broken invariant: unexpected case ${String(value)}`)
}
