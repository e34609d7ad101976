/** The engines that run in a Node.js process. Each is loaded only where it runs: nobody waits for another one's modules. */
import type { RunEngine } from './engine.js'
import type { NodeEngineName } from './engine-names.js'

/** Loads an engine. */
export const nodeEngines: Readonly<Record<NodeEngineName, () => Promise<RunEngine>>> = {
  streamcore: async () => (await import('./streamcore.js')).runStreamcore,
  loop: async () => (await import('./loop.js')).runLoop,
  rxjs: async () => (await import('./rxjs.js')).runRxjs,
  'db-ivm': async () => (await import('./db-ivm.js')).runDbIvm,
}
