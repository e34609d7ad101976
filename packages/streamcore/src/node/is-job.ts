/** Recognises what `defineJob` made, also when the module carries its own copy of streamcore. */
import type { Job } from '../api/define-job.js'

/** Whether a value is a job definition. */
export function isJob(value: unknown): value is Job<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'build' in value &&
    typeof value.build === 'function' &&
    'params' in value
  )
}
