/** Randomness of production: the common generator, seeded by the operating system. */
import { randomBytes } from 'node:crypto'
import { SeededRandom } from '../contracts/ports/seeded-random.js'

/** A generator whose seed nobody knows. */
export function nodeRandom(): SeededRandom {
  const seed = randomBytes(8)
  return new SeededRandom(seed.readUInt32LE(0), seed.readUInt32LE(4))
}
