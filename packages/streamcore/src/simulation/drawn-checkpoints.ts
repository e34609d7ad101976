/** How often a simulated process takes checkpoints, and of what kind. */
import type { CheckpointConfig } from '../checkpoint/checkpoint-coordinator.js'
import type { Random } from '../contracts/ports/random.js'
import { checkpointConfig } from '../runtime/job-options.js'

/** Short ones make checkpoints fail while the job goes on. */
const timeoutsMs = [4, 10, 20, 500, 500, 500]
const intervalsMs = [1, 2, 5, 10, 40, 150]
/** With little state any change is a large share of it; without limits there are long chains. */
const deltaSharesMax = [0.5, 5, 1_000]
const deltasMax = [1, 3, 20]

/** The checkpoints of one process. */
export function drawCheckpoints(random: Random): CheckpointConfig {
  const timeoutMs = timeoutsMs[random.below(timeoutsMs.length)] ?? 500
  const intervalMs = intervalsMs[random.below(intervalsMs.length)] ?? 10
  return checkpointConfig({
    intervalMs,
    timeoutMs,
    tolerableFailures: 20,
    incremental: random.below(4) > 0,
    deltasMax: deltasMax[random.below(deltasMax.length)] ?? 20,
    deltaShareMax: deltaSharesMax[random.below(deltaSharesMax.length)] ?? 0.5,
  })
}
