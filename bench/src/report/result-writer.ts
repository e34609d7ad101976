/** Where the figures of an invocation go: tables or lines of JSON to the output, the lines also to a file. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ResultLine } from './json-lines.js'

/** Writes what was measured as soon as it is there: what a long run has done is not lost when it is cut short. */
export class ResultWriter {
  readonly #isJson: boolean
  readonly #file: string | undefined
  readonly #print: (text: string) => void

  /** A file that exists is replaced. */
  constructor(options: {
    readonly json: boolean
    readonly out: string | undefined
    readonly print: (text: string) => void
  }) {
    this.#isJson = options.json
    this.#file = options.out
    this.#print = options.print
    if (this.#file === undefined) return
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(this.#file, '')
  }

  /** `table` is for people, the lines for programs. */
  write(lines: readonly ResultLine[], table: string): void {
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    if (this.#file !== undefined) appendFileSync(this.#file, `${text}\n`)
    if (this.#isJson) this.#print(text)
    else if (table !== '') this.#print(`\n${table}\n`)
  }

  /** Remarks for people only. */
  remark(text: string): void {
    if (!this.#isJson) this.#print(text)
  }
}
