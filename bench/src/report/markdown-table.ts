/** Tables in Markdown: the first row holds the headings, the first column stands left and figures right. */

/** The table as text. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [headings = [], ...others] = rows
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`
  const rule = headings.map((_, column) => (column === 0 || headings[column] === '' ? '---' : '---:'))
  return [line(headings), `| ${rule.join(' | ')} |`, ...others.map(line)].join('\n')
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|')
}
