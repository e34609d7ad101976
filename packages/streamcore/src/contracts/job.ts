/** A job is a module that exports a definition; it never executes by itself. */
import type { JsonValue } from './source.js'
import type { Schema } from './schema.js'

/** What `defineJob` makes and every executor loads. `ENV` is the environment that records the plan. */
export interface JobDefinition<P, ENV> {
  readonly name: string
  readonly params: Schema<P>
  readonly build: (env: ENV, params: P) => void
}

/** Parameters as they travel: plain JSON. */
export type JobParams = JsonValue
