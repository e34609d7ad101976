// The generator: reproducible, even, and independent in its forks.
import { describe, expect, it } from 'vitest'
import { SeededRandom } from './seeded-random.js'

describe('SeededRandom', () => {
  it('draws the same numbers for the same seed, on every platform and for ever', () => {
    const random = new SeededRandom(42)
    const numbers = [random.u32(), random.u32(), random.below(1_000), random.fork('a').u32()]
    expect(numbers).toMatchInlineSnapshot(`
      [
        1849552023,
        4223452576,
        27,
        3321080811,
      ]
    `)
  })

  it('gives forks that depend on seed and label only', () => {
    const random = new SeededRandom(7)
    const first = random.fork('x').u32()
    random.u32()
    expect(random.fork('x').u32()).toBe(first)
    expect(random.fork('y').u32()).not.toBe(first)
    expect(new SeededRandom(8).fork('x').u32()).not.toBe(first)
    expect(random.fork('x').fork('x').u32()).not.toBe(first)
  })

  it('is even, also over neighbouring seeds and their forks', () => {
    const generators = [
      (seed: number): number => new SeededRandom(seed).below(10),
      (seed: number): number => new SeededRandom(seed).fork('label').below(10),
      (seed: number): number => Math.floor(new SeededRandom(1).fork(`label ${seed}`).float() * 10),
    ]
    for (const draw of generators) {
      const counts = new Array<number>(10).fill(0)
      for (let seed = 0; seed < 10_000; seed++) {
        const drawn = draw(seed)
        counts[drawn] = (counts[drawn] ?? 0) + 1
      }
      for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
    }
  })
})
