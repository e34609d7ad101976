/** Marks what the processes of a run have restored, and from whom. */
import type { KeyedStateBackendFactory } from '../contracts/state/keyed-state-backend.js'
import type { RecordingLogger } from '../testing/recording-logger.js'
import type { SimulationMarks } from './simulation-marks.js'

interface RestoringProcess {
  readonly logger: RecordingLogger
  readonly parallelism: number
  readonly backend: KeyedStateBackendFactory
}

/** `makers` says which process ran in which epoch. */
export function markRestores(
  processes: readonly RestoringProcess[],
  makers: ReadonlyMap<number, RestoringProcess>,
  marks: SimulationMarks,
): void {
  for (const { logger, parallelism, backend } of processes) {
    for (const { fields } of logger.lines) {
      if (fields['chainLength'] === undefined) continue
      marks.mark('restored a checkpoint')
      if (Number(fields['chainLength']) > 1) marks.mark('restored a chain of deltas')
      const maker = makers.get(Number(fields['madeBy']))
      if (maker === undefined) continue
      if (maker.parallelism !== parallelism) marks.mark('restored at another parallelism')
      if (maker.backend.kind !== backend.kind)
        marks.mark(`state moved from ${maker.backend.kind} to ${backend.kind}`)
    }
  }
}
