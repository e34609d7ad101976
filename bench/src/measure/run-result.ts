/** What one run of one engine reports, and how it travels from its process: as one line of JSON. */

/** One run's figures. */
export interface RunResult {
  /** Records per second in the steady part: after the first quarter. */
  readonly rps: number
  /** Records per second of processor time in the steady part, all threads and child processes together. */
  readonly perCpuSecond: number
  readonly peakRssMb: number
  /** Busy cores of everything else on the machine; above 0.3 the run was disturbed. */
  readonly otherCores: number
  /** When the first record was generated, in milliseconds since 1970. */
  readonly firstRecordAtMs: number
  readonly out: number
  readonly sum: number
}

/** The first line of a child's output that is a result. */
export function parseRunResult(output: string): RunResult {
  const line = output.split('\n').find((each) => each.startsWith('{'))
  if (line === undefined)
    throw new Error(`Expected a line of JSON, got ${JSON.stringify(output.slice(0, 300))}`)
  const parsed: unknown = JSON.parse(line)
  const numberAt = (name: keyof RunResult): number => {
    const value: unknown =
      typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined
    if (typeof value === 'number') return value
    throw new Error(`Expected \`${name}\` of a result to be a number, got ${line.slice(0, 300)}`)
  }
  return {
    rps: numberAt('rps'),
    perCpuSecond: numberAt('perCpuSecond'),
    peakRssMb: numberAt('peakRssMb'),
    otherCores: numberAt('otherCores'),
    firstRecordAtMs: numberAt('firstRecordAtMs'),
    out: numberAt('out'),
    sum: numberAt('sum'),
  }
}
