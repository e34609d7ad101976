/** Records as bounded text: for dead letters, messages and the identity of poison records. */

const maxValueTextLength = 4_096

/** A record as bounded JSON text; what JSON can not say is described. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, maxValueTextLength)
  let text: string | undefined
  try {
    text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
  } catch {
    text = undefined
  }
  return (text ?? String(value)).slice(0, maxValueTextLength)
}
