// Links within a simulated process.
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
