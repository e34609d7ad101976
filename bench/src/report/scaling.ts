/** How much faster streamcore is in several worker threads than in one thread: the claim that workers stand for. */
import type { EngineLine, ResultLine } from './json-lines.js'
import { disturbingCores } from './table.js'

/** One sentence for each comparison with workers that was also measured in one thread. */
export function scalingTexts(lines: readonly ResultLine[]): readonly string[] {
  const ours = lines.filter(
    (line): line is EngineLine => line.kind === 'engine' && line.engine === 'streamcore',
  )
  return ours.flatMap((line) => {
    const { workload, workers, rps, otherCores } = line
    const inOneThread = ours.find((other) => other.parallelism === 1 && isSameButForThreads(other, line))
    if (workers === 1 || inOneThread === undefined) return []
    const times = (rps.median / inOneThread.rps.median).toFixed(2)
    const isDisturbed = Math.max(otherCores, inOneThread.otherCores) > disturbingCores
    const remark = isDisturbed ? '; the machine was busy with something else: repeat it' : ''
    return [
      `${workload}: streamcore in ${workers} worker threads is ${times} times as fast as in one thread (records/s, median by median${remark}).`,
    ]
  })
}

function isSameButForThreads(a: EngineLine, b: EngineLine): boolean {
  return (
    a.workload === b.workload &&
    a.records === b.records &&
    a.state === b.state &&
    a.checkpointMs === b.checkpointMs
  )
}
