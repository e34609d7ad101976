/** `defineJob`: a job is a module that exports what this gives. */
import type { JobDefinition } from '../contracts/job.js'
import { noParams, type Schema } from '../contracts/schema.js'
import type { StreamExecutionEnvironment } from './stream-execution-environment.js'

/** Records the plan; called once per executor, so it must give the same plan for the same params. */
export type BuildJob<P> = (env: StreamExecutionEnvironment, params: P) => void

/** A job as executors take it. */
export type Job<P> = JobDefinition<P, StreamExecutionEnvironment>

/** Parameters of a job that has none. */
export type NoParams = Readonly<Record<string, never>>

/**
 * Defines a job; nothing runs. `params` parses the parameters and gives them their type.
 * @example
 * export const job = defineJob({ name: 'count-words' }, (env) => {
 *   env.fromSource(words, { uid: 'words' }).sinkTo(lines, { uid: 'lines' })
 * })
 */
export function defineJob<P>(
  options: { readonly name: string; readonly params: Schema<P> },
  build: BuildJob<P>,
): Job<P>
export function defineJob(options: { readonly name: string }, build: BuildJob<NoParams>): Job<NoParams>
export function defineJob(
  options: { readonly name: string; readonly params?: Schema<unknown> },
  build: BuildJob<never>,
): object {
  return Object.freeze({ name: options.name, params: options.params ?? noParams, build })
}
