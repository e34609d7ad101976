/** Filler text: pieces of one pool of pseudo-random letters, so that payloads cost neither time nor memory to make. */
import { pick } from './mixing.js'

const poolLength = 65_536
const longestPiece = 1_024

const pool = makePool()

/** `length` letters of the pool, from a place that the hash chooses. */
export function poolText(hash: number, length: number): string {
  const start = pick(hash, poolLength - longestPiece)
  return pool.slice(start, start + length)
}

function makePool(): string {
  const codes = new Uint8Array(poolLength)
  let state = 42
  for (let index = 0; index < poolLength; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    codes[index] = 97 + ((state >>> 16) % 26)
  }
  return new TextDecoder().decode(codes)
}
