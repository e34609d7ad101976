/** What many seeds have shown, as plain data that travels between processes, and as text. */
import type { SimulationFailure, SimulationReport } from 'streamcore/simulation'

/** The report of some seeds. */
export interface SeedsReport {
  readonly seeds: number
  readonly events: number
  readonly marks: Readonly<Record<string, number>>
  readonly failures: readonly SimulationFailure[]
}

/** Nothing was run. */
export const noSeeds: SeedsReport = { seeds: 0, events: 0, marks: {}, failures: [] }

/** A report as plain data. */
export function plainReport({ seeds, events, marks, failures }: SimulationReport): SeedsReport {
  return { seeds, events, marks: Object.fromEntries(marks.entries()), failures }
}

/** Both together. */
export function addReports(a: SeedsReport, b: SeedsReport): SeedsReport {
  const marks = { ...a.marks }
  for (const [name, count] of Object.entries(b.marks)) marks[name] = (marks[name] ?? 0) + count
  return {
    seeds: a.seeds + b.seeds,
    events: a.events + b.events,
    marks,
    failures: [...a.failures, ...b.failures].sort((one, other) => one.seed - other.seed),
  }
}

/** How a report is told. */
export interface ReportOptions {
  readonly name: string
  readonly from: number
  readonly durationMs: number
  /** Marks that must not be missing; told only when some are. */
  readonly mustOccur: readonly string[]
}

/** The lines of a report; the last one counts the violations. */
export function reportLines(report: SeedsReport, options: ReportOptions): readonly string[] {
  const { seeds, marks, failures, events } = report
  const seconds = options.durationMs / 1_000
  const rate = seconds === 0 ? 0 : seeds / seconds
  const missing = missingMarks(report, options.mustOccur)
  return [
    `${options.name}: seeds ${number(seeds)} from ${options.from}, ${rate.toFixed(1)} seeds/s, ${seconds.toFixed(1)} s, ${number(events)} events`,
    `  crashes   ${group(marks, 'crash while ')}`,
    `  zombies   ${group(marks, 'zombie while ')}`,
    `  faults    ${group(marks, 'fault: ')}, services ${number(marks['service faults'] ?? 0)}, disk ${number(marks['disk faults'] ?? 0)}`,
    `  met       ${others(marks)}`,
    ...(missing.length === 0 ? [] : [`  never met ${missing.join(', ')}`]),
    ...failures.flatMap(failureLines),
    `violations ${failures.length}`,
  ]
}

/** Those of the names that never occurred. */
export function missingMarks({ marks }: SeedsReport, names: readonly string[]): readonly string[] {
  return names.filter((name) => (marks[name] ?? 0) === 0)
}

const traceLinesMax = 40

function failureLines({ seed, violations, plan, recordsMax, trace }: SimulationFailure): readonly string[] {
  return [
    `seed ${seed}, shrunk to ${recordsMax} records and ${plan.process.length} faults of the process:`,
    ...violations.slice(0, 5).map((violation) => `  ${violation}`),
    ...trace.slice(-traceLinesMax).map((line) => `    ${line}`),
    `  again with: --replay ${seed}`,
  ]
}

function group(marks: SeedsReport['marks'], prefix: string): string {
  const found = Object.entries(marks).filter(([name]) => name.startsWith(prefix))
  return found.map(([name, count]) => `${name.slice(prefix.length)} ${number(count)}`).join(', ') || 'none'
}

const told = /^(crash while |zombie while |fault: |service faults|disk faults)/

function others(marks: SeedsReport['marks']): string {
  return (
    Object.entries(marks)
      .filter(([name]) => !told.test(name))
      .map(([name, count]) => `${name} ${number(count)}`)
      .join(', ') || 'nothing special'
  )
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
