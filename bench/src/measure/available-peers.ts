/** Sorts out which of the peers asked for can run here. A peer that cannot is left out with a reason, never in silence. */
import { isJavaEngine, type PeerName } from '../engines/engine-names.js'
import type { JavaModule } from '../java/java-build.js'
import { moduleOf } from '../java/java-engines.js'

/** What came of the peers asked for. */
export interface AvailablePeers {
  readonly peers: readonly PeerName[]
  readonly skipped: readonly { readonly peer: PeerName; readonly reason: string }[]
}

/** Builds what has to be built; `build` gives the reason why a module is not there. */
export async function availablePeers(
  asked: readonly PeerName[],
  build: (module: JavaModule) => Promise<string | undefined>,
): Promise<AvailablePeers> {
  const problems = new Map<JavaModule, string | undefined>()
  const judged: { readonly peer: PeerName; readonly reason: string | undefined }[] = []
  for (const peer of asked) {
    if (!isJavaEngine(peer)) {
      judged.push({ peer, reason: undefined })
      continue
    }
    const module = moduleOf(peer)
    if (!problems.has(module)) problems.set(module, await build(module))
    judged.push({ peer, reason: problems.get(module) })
  }
  return {
    peers: judged.filter(({ reason }) => reason === undefined).map(({ peer }) => peer),
    skipped: judged.flatMap(({ peer, reason }) => (reason === undefined ? [] : [{ peer, reason }])),
  }
}
