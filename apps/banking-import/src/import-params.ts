/** The parameters of the import, plain JSON: every executor rebuilds the same graph from them. */
import { StreamcoreError } from 'streamcore'
import type { BacklogLimits } from './backlog/backlog-meter.js'
import { type Model, parseModel } from './model/model.js'
import type { DirectDelivery } from './sources/delivery-source.js'

/** An import without topics: a delivery is read from its files, and what is written beside the target goes into files. */
export interface DirectImport extends DirectDelivery {
  /** Folder of the files beside the target: dead letters, audit trail, waiting table. */
  readonly outputs: string
}

/** Where rows are written: into the database, or into files of changes or of numbers in a folder. */
export type ImportTarget =
  | { readonly kind: 'database' }
  | { readonly kind: 'files' | 'count'; readonly directory: string }

/** The parameters. */
export interface ImportParams {
  readonly model: Model
  /**
   * `live` reads the topics. Where the target holds rows already, a run with `bootstrap` comes first: it reads the target
   * alone and ends; the live run goes on from its last checkpoint.
   */
  readonly phase: 'bootstrap' | 'live'
  /** Whether a bootstrap run has come first, or is this one. */
  readonly hasBootstrap: boolean
  /** `bounded` ends when all that is in the topics has been imported. */
  readonly boundedness: 'bounded' | 'unbounded'
  /**
   * `complete` hands the records of a delivery over only once its mark has been read in every partition; records that name no
   * delivery pass at once. `none` hands over each record as it comes.
   */
  readonly gate: 'none' | 'complete'
  /** Which fates the audit trail holds: `exceptions` are all but the ordinary `released`. */
  readonly audit: 'all' | 'exceptions'
  /** Shorter waits do not appear in the waiting table. */
  readonly reportAfterMs: number
  /** Longer waits are overdue; 0: never. */
  readonly overdueAfterMs: number
  /** An overdue record waits on, or becomes a dead letter; then it comes again only as a newer version. */
  readonly whenOverdue: 'report' | 'evict'
  /** What may wait; the state backend decides whether it does so in memory. */
  readonly backlog: BacklogLimits
  /** Null: records come by topics. */
  readonly direct: DirectImport | null
  readonly target: ImportTarget
}

/** The parameters where nothing else is said. */
export const defaultParams = {
  phase: 'live',
  hasBootstrap: false,
  boundedness: 'unbounded',
  gate: 'none',
  audit: 'exceptions',
  reportAfterMs: 1_000,
  overdueAfterMs: 0,
  whenOverdue: 'report',
  backlog: { perParent: 0, perEdge: 0, total: 0, patienceMs: 10_000 },
  direct: null,
  target: { kind: 'database' },
} as const satisfies Omit<ImportParams, 'model'>

/** @throws StreamcoreError `STREAMCORE_CONFIG` naming the parameter */
export function parseImportParams(input: unknown): ImportParams {
  if (typeof input !== 'object' || input === null || !('model' in input)) {
    throw refusal('model', 'what model([...]) returns', input)
  }
  const given: Readonly<Record<string, unknown>> = { ...input }
  return {
    model: parseModel(input.model),
    phase: oneOf(given, 'phase', ['bootstrap', 'live']) ?? defaultParams.phase,
    hasBootstrap: flag(given, 'hasBootstrap') ?? given['phase'] === 'bootstrap',
    boundedness: oneOf(given, 'boundedness', ['bounded', 'unbounded']) ?? defaultParams.boundedness,
    gate: oneOf(given, 'gate', ['none', 'complete']) ?? defaultParams.gate,
    audit: oneOf(given, 'audit', ['all', 'exceptions']) ?? defaultParams.audit,
    reportAfterMs: duration(given, 'reportAfterMs') ?? defaultParams.reportAfterMs,
    overdueAfterMs: duration(given, 'overdueAfterMs') ?? defaultParams.overdueAfterMs,
    whenOverdue: oneOf(given, 'whenOverdue', ['report', 'evict']) ?? defaultParams.whenOverdue,
    backlog: backlogLimits(given['backlog']),
    direct: directImport(given['direct']),
    target: importTarget(given['target']),
  }
}

function directImport(input: unknown): DirectImport | null {
  if (input === undefined || input === null) return null
  if (typeof input !== 'object') throw refusal('direct', 'a delivery', input)
  const given: Readonly<Record<string, unknown>> = { ...input }
  const { directory, outputs, copies, stride, shuffleSeed = null } = given
  if (typeof directory !== 'string') throw refusal('direct.directory', 'a folder', directory)
  if (typeof outputs !== 'string') throw refusal('direct.outputs', 'a folder', outputs)
  if (shuffleSeed !== null && typeof shuffleSeed !== 'number')
    throw refusal('direct.shuffleSeed', 'a number or null', shuffleSeed)
  return {
    directory,
    outputs,
    shuffleSeed,
    copies: countOf('direct.copies', copies),
    stride: countOf('direct.stride', stride),
  }
}

function importTarget(input: unknown): ImportTarget {
  if (input === undefined) return defaultParams.target
  if (typeof input !== 'object' || input === null) throw refusal('target', 'a target', input)
  const { kind, directory }: { readonly kind?: unknown; readonly directory?: unknown } = input
  if (kind === 'database') return { kind }
  if (kind !== 'files' && kind !== 'count')
    throw refusal('target.kind', "'database' or 'files' or 'count'", kind)
  if (typeof directory !== 'string') throw refusal('target.directory', 'a folder', directory)
  return { kind, directory }
}

function countOf(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw refusal(name, 'a whole number, 1 or more', value)
}

function backlogLimits(input: unknown): BacklogLimits {
  if (input === undefined) return defaultParams.backlog
  if (typeof input !== 'object' || input === null) throw refusal('backlog', 'limits', input)
  const given: Readonly<Record<string, unknown>> = { ...input }
  const limits: Record<keyof BacklogLimits, number> = { ...defaultParams.backlog }
  for (const name of ['perParent', 'perEdge', 'total', 'patienceMs'] as const) {
    const value = given[name]
    if (value === undefined) continue
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw refusal(`backlog.${name}`, 'a whole number, 0 or more', value)
    limits[name] = value
  }
  return limits
}

function oneOf<const T extends string>(
  given: Readonly<Record<string, unknown>>,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw refusal(name, allowed.map((each) => `'${each}'`).join(' or '), value)
  return found
}

function flag(given: Readonly<Record<string, unknown>>, name: string): boolean | undefined {
  const value = given[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw refusal(name, 'true or false', value)
}

function duration(given: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = given[name]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw refusal(name, 'milliseconds, 0 or more', value)
}

function refusal(name: string, expected: string, got: unknown): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected \`${name}\` to be ${expected}, got ${JSON.stringify(got) ?? 'nothing'}`,
    {
      details: { config: name },
    },
  )
}
