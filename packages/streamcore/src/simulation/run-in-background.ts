/** Lets ordinary tests use simulated ports: events run whenever there are any. */
import type { SimulatedWorld } from './simulated-world.js'

/**
 * Runs the world's events until the returned function is called. `turn` resolves in a later macrotask, so that the rest of
 * the process gets its turn while nothing happens in the world.
 */
export function runInBackground(world: SimulatedWorld, turn: () => Promise<void>): () => Promise<void> {
  let isStopped = false
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      if (!(await world.step())) await turn()
    }
  }
  const ended = loop()
  return () => {
    isStopped = true
    return ended
  }
}
