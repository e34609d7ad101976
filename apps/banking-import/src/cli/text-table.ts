/** A table of texts in columns: numbers to the right, all else to the left. */

/** One line per row, the first of them underlined. */
export function textTable(rows: readonly (readonly string[])[]): readonly string[] {
  const [header = [], ...body] = rows
  const columns = header.map((name, column) => {
    const cells = body.map((row) => row[column] ?? '')
    return {
      width: Math.max(name.length, ...cells.map((cell) => cell.length)),
      isNumeric: cells.length > 0 && cells.every((cell) => /^[\d,.]*$/.test(cell)),
    }
  })
  const lineOf = (row: readonly string[]) =>
    columns
      .map(({ width, isNumeric }, column) => {
        const cell = row[column] ?? ''
        return isNumeric ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [lineOf(header), columns.map(({ width }) => '-'.repeat(width)).join('  '), ...body.map(lineOf)]
}
