// The small pieces of the command line.
import { InvalidArgumentError } from 'commander'
import { describe, expect, it } from 'vitest'
import { modelGraph } from '../model/model-graph.js'
import { berka } from '../model/berka.js'
import { buildProgram } from './command-line.js'
import { modelLines } from './explain-command.js'
import { type ImportSummary, isGood, summaryLines } from './import-summary.js'
import { duration, positiveNumber, wholeNumber } from './parse-options.js'
import { LineProgress } from './progress.js'
import { textTable } from './text-table.js'
import { verificationLines } from './verify-target.js'

describe('option values', () => {
  it('are whole numbers within their range', () => {
    expect(wholeNumber(1, 9)('9')).toBe(9)
    for (const text of ['', '0', '10', '1.5', '-1', '0x1', 'one']) {
      expect(() => wholeNumber(1, 9)(text)).toThrow(InvalidArgumentError)
    }
  })

  it('are numbers above zero, and durations with a unit', () => {
    expect([positiveNumber('0.5'), duration('2s')]).toEqual([0.5, 2_000])
    for (const text of ['', '0', '-1', 'much'])
      expect(() => positiveNumber(text)).toThrow(InvalidArgumentError)
    expect(() => duration('2')).toThrow(InvalidArgumentError)
  })
})

describe('a table of texts', () => {
  it('puts numbers to the right and all else to the left', () => {
    expect(
      textTable([
        ['type', 'rows', 'note'],
        ['district', '77', 'a'],
        ['trans', '1,056', ''],
      ]),
    ).toEqual(['type       rows  note', '--------  -----  ----', 'district     77  a', 'trans     1,056'])
  })
})

describe('progress that nobody watches', () => {
  it('is told in at most four lines per step', () => {
    const lines: string[] = []
    const progress = new LineProgress({ write: (line) => lines.push(line) })
    progress.start('import', 1_000)
    for (let done = 0; done <= 1_000; done += 1) progress.update(done)
    progress.stop()
    progress.update(2_000)
    expect(lines).toEqual(['250', '500', '750', '1,000'].map((done) => `import     ${done} of 1,000\n`))
  })

  it('says nothing where the total is not known', () => {
    const lines: string[] = []
    const progress = new LineProgress({ write: (line) => lines.push(line) })
    progress.start('produce', 0)
    progress.update(5)
    expect(lines).toEqual([])
  })
})

const summary: ImportSummary = {
  delivery: 1,
  wasComplete: false,
  shuffleSeed: 7,
  recordsIn: 1_000,
  applied: 990,
  waited: 20,
  waiting: 3,
  deadLetters: new Map([
    ['rare', 1],
    ['often', 4],
  ]),
  otherFates: new Map([['coalesced', 2]]),
  foreignKeyViolations: 0,
  otherRejections: 0,
  durationMs: 500,
  entities: [{ entity: 'card', level: 3, delivered: 10, deadLetters: 1, waiting: 2, rows: 7 }],
}

describe('the summary', () => {
  it('counts what came of the records, reasons by their number, and foreign keys', () => {
    const lines = summaryLines(summary)
    expect(lines[0]).toBe('records in          1,000  delivery 1, in random order (seed 7)')
    expect(lines.filter((line) => /rare|often/.test(line)).map((line) => line.trim())).toEqual([
      '4  often',
      '1  rare',
    ])
    expect(lines).toContain('records/s           2,000  0.50 s')
    expect(lines).toContain('FK violations: 0')
    expect(lines.at(-1)).toBe('card      3         10             1        2               7')
  })

  it('is good only without violated foreign keys', () => {
    expect([isGood(summary), isGood({ ...summary, foreignKeyViolations: 1 })]).toEqual([true, false])
  })

  it('tells differences from a plain load by their first examples', () => {
    const examples = [
      { key: 'card:1', kind: 'missing', detail: 'a row that only the plain load has' } as const,
    ]
    expect(verificationLines({ rows: 9, differences: 0, examples: [], waiting: 1 })).toEqual([
      'verify: equal (9 rows like those of a plain ordered load, 1 record waits there, too)',
    ])
    expect(verificationLines({ rows: 9, differences: 1, examples, waiting: 0 })).toEqual([
      'verify: 1 differences from a plain ordered load, among 9 rows',
      '  missing card:1: a row that only the plain load has',
    ])
  })
})

describe('the commands', () => {
  it('all describe themselves and their options', () => {
    const { commands } = buildProgram()
    expect(commands.map((command) => command.name())).toContain('import')
    for (const command of commands) {
      expect(command.description(), command.name()).not.toBe('')
      for (const option of command.options) expect(option.description, option.flags).not.toBe('')
    }
  })

  it('explain the levels of the types and what resolves them', () => {
    expect(modelLines(modelGraph(berka))).toContain('3  card         resolve-3  disp_id → disp')
  })
})
