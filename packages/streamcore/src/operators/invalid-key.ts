/** Advice for key selectors that give no key: which fields the record has, and which one was probably meant. */
import type { StreamcoreError } from '../contracts/errors.js'
import type { UserCall } from './user-function-error.js'

/** `keyBy` gave undefined: the record has the fields 'user', 'amount'; did you mean 'user'? */
export function explainInvalidKey(error: StreamcoreError, call: UserCall): string {
  const value = call.value
  if (typeof value !== 'object' || value === null) return error.message
  const fields = Object.keys(value)
  const asked = /=>\s*\(?\s*\w+(?:\?)?\.(\w+)/.exec(call.functionText ?? '')?.[1]
  const shown = fields.slice(0, 12).map((field) => `'${field}'`)
  const meant = asked === undefined || fields.includes(asked) ? undefined : nearest(asked, fields)
  return [
    error.message,
    asked === undefined ? '' : ` from '${asked}'`,
    `; the record has ${shown.length === 0 ? 'no fields' : shown.join(', ')}`,
    meant === undefined ? '' : `; did you mean '${meant}'?`,
  ].join('')
}

/** The candidate with the smallest edit distance, if it is near enough to be meant. */
function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.ceil(word.length / 2)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein distance, row by row (Wagner and Fischer 1974). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
