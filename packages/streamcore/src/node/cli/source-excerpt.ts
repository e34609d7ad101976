/** The user's line with a mark below the column: quicker to recognise than a number. */

const maxColumn = 160

/** Two lines for `path/job.ts:4:12`; none when the file or the line is not there. */
export function sourceExcerpt(
  userLine: string,
  readSource: (path: string) => string | undefined,
): readonly string[] {
  const [, path = '', line = '', column = ''] = /^(.+):(\d+):(\d+)$/.exec(userLine) ?? []
  const text = readSource(path)?.split('\n')[Number(line) - 1]?.replaceAll('\t', ' ').trimEnd()
  if (text === undefined || text.trim() === '' || Number(column) > maxColumn) return []
  const margin = '  '.padEnd(line.length + 2)
  return [`  ${line} | ${text.slice(0, maxColumn)}`, `${margin} | ${' '.repeat(Number(column) - 1)}^`]
}
