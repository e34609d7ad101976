/** A table of texts in columns: the first one to the left, the others to the right. */

/** One line per row, the first of them underlined. */
export function textTable(rows: readonly (readonly string[])[]): readonly string[] {
  const [header = []] = rows
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  const [first = '', ...rest] = lines
  return [first, widths.map((width) => '-'.repeat(width)).join('  '), ...rest]
}
