/** Calls to a simulated disk: what they are, how they fail, and the words for it. */
import { StreamcoreError } from '../contracts/errors.js'

/** The calls of the file system port that can fail. */
export type DiskOperation =
  | 'open'
  | 'status'
  | 'rename'
  | 'linkExclusive'
  | 'remove'
  | 'list'
  | 'makeDirectory'
  | 'syncDirectory'
  | 'write'
  | 'read'
  | 'sync'

/** One call as it reaches the disk. */
export interface DiskCall {
  /** Counts all calls of this disk from 1. */
  readonly number: number
  readonly operation: DiskOperation
  readonly path: string
}

/** What a disk can say instead of doing its work. Whether it did some of it nobody knows. */
export type DiskFault = 'EIO' | 'ENOSPC'

/** What a call does when it succeeds, and what it may have done when it fails. */
export interface CallEffects<T> {
  apply(): T
  partly?(): void
}

/** `a/b` of `a/b/c`; empty for a name without a directory. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** `c` of `a/b/c`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The error of a call, as the real file system words it. */
export function ioError(call: Omit<DiskCall, 'number'>, reason: string): StreamcoreError {
  return new StreamcoreError('STREAMCORE_IO', `Expected to ${call.operation} ${call.path}, got: ${reason}`, {
    details: { path: call.path },
  })
}
