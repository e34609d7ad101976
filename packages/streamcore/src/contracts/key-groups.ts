/** Key groups as Flink computes them, so that both engines send a key to the same group. */
import { assert } from './assert.js'

/** Number of key groups of every job; it never has to change. */
export const maxParallelism = 32_768

/**
 * The key group of a key's 32-bit hash: Flink's `MathUtils.murmurHash` modulo the number of groups
 * (`KeyGroupRangeAssignment.computeKeyGroupForKeyHash`).
 */
export function keyGroupOfHash(hash32: number, groupCount: number = maxParallelism): number {
  return murmurHash(hash32) % groupCount
}

/** Flink's `MathUtils.murmurHash(int)`: MurmurHash3 of one 32-bit block, made non-negative. */
export function murmurHash(code: number): number {
  let hash = Math.imul(code, 0xcc9e2d51)
  hash = (hash << 15) | (hash >>> 17)
  hash = Math.imul(hash, 0x1b873593)
  hash = (hash << 13) | (hash >>> 19)
  hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  hash ^= 4
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  hash ^= hash >>> 16
  if (hash >= 0) return hash
  return hash === -2_147_483_648 ? 0 : -hash
}

/** An inclusive range of key groups. */
export interface KeyGroupRange {
  readonly start: number
  readonly end: number
}

/** The groups of one subtask (`KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex`). */
export function keyGroupRange(subtaskIndex: number, parallelism: number): KeyGroupRange {
  assert(subtaskIndex >= 0 && subtaskIndex < parallelism, 'the subtask index is below the parallelism')
  assert(parallelism <= maxParallelism, `the parallelism is at most ${maxParallelism}`)
  const start = Math.floor((subtaskIndex * maxParallelism + parallelism - 1) / parallelism)
  const end = Math.floor(((subtaskIndex + 1) * maxParallelism - 1) / parallelism)
  return { start, end }
}

/** The subtask that owns a group (`KeyGroupRangeAssignment.computeOperatorIndexForKeyGroup`). */
export function subtaskOfKeyGroup(keyGroup: number, parallelism: number): number {
  return Math.floor((keyGroup * parallelism) / maxParallelism)
}
