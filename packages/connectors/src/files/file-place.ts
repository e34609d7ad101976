/** Where a record of a file stands. */

/** A file and the line on which the record begins, from 1. */
export interface FilePlace {
  readonly file: string
  readonly line: number
}

/** The place in words: `accounts.csv:17`. */
export function describeFilePlace({ file, line }: FilePlace): string {
  return `${file}:${line}`
}
