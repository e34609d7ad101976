/** Records as bounded text: for dead letters, messages and the identity of poison records. */

const maxValueTextLength = 4_096

/** A record as bounded JSON text that a checkpoint can hold; what JSON can not say is described. */
export function valueText(value: unknown): string {
  return textOf(value).slice(0, maxValueTextLength).toWellFormed()
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  let text: string | undefined
  try {
    text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
  } catch {
    text = undefined
  }
  return text ?? String(value)
}
