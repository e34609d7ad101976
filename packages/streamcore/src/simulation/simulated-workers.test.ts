// Links within a simulated process.
import { expect, it } from 'vitest'
import { SeededRandom } from '../contracts/ports/seeded-random.js'
import { describeTransport } from '../testing/contracts/transport.contract.js'
import { macrotask } from './macrotask.js'
import { simulatedLinks } from './simulated-workers.js'
import { SimulatedWorld } from './simulated-world.js'

for (let seed = 1; seed <= 5; seed++) {
  describeTransport(`a simulated link (seed ${seed})`, async () => {
    const world = new SimulatedWorld({ seed, drain: macrotask })
    const incarnation = world.incarnation('process')
    const [first, second] = simulatedLinks({ incarnation, random: new SeededRandom(seed) })
    return { first, second, settle: (promise) => world.settle(promise), cleanUp: async () => {} }
  })
}

it('takes what is sent away from the sender', () => {
  const incarnation = new SimulatedWorld({ seed: 1, drain: macrotask }).incarnation('process')
  const [first] = simulatedLinks({ incarnation, random: new SeededRandom(1) })
  const bytes = Uint8Array.of(1, 2, 3)
  first.send(bytes)
  expect(bytes.length).toBe(0)
})
