/** Compares what came with what must come, whatever the order. */

/** What is missing or too much, by name. */
export function multisetViolations(
  name: string,
  actual: readonly string[],
  expected: readonly string[],
): readonly string[] {
  const counts = new Map<string, number>()
  for (const text of expected) counts.set(text, (counts.get(text) ?? 0) + 1)
  for (const text of actual) counts.set(text, (counts.get(text) ?? 0) - 1)
  const lost = [...counts].filter(([, count]) => count > 0)
  const doubled = [...counts].filter(([, count]) => count < 0)
  return [
    ...(lost.length > 0
      ? [`${name}: lost ${lost.map(([text, count]) => `${text} ×${count}`).join(', ')}`]
      : []),
    ...(doubled.length > 0
      ? [`${name}: doubled ${doubled.map(([text, count]) => `${text} ×${-count}`).join(', ')}`]
      : []),
  ].map((text) => text.slice(0, 300))
}
