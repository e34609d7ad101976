/** Turns what was delivered for one column into its value, or says why not. */
import type { ColumnValue } from 'streamcore'
import type { Column, TextColumn } from './column.js'

/** A value, or the reason why there is none. */
export type ParsedCell =
  | { readonly ok: true; readonly value: ColumnValue }
  | { readonly ok: false; readonly reason: string }

/** A cell as delivered: text from a file, or a JSON value from a topic; undefined when it is missing. */
export function parseCell(column: Column, cell: unknown): ParsedCell {
  if (cell === undefined || cell === null || cell === '' || cell === column.nullText)
    return parseMissing(column, cell)
  switch (column.type) {
    case 'integer':
      return parseInteger(cell)
    case 'decimal':
      return parseDecimal(cell)
    case 'text':
      return parseText(column, cell)
    case 'date':
      return parseDate(column.format, cell)
    case 'timestamp':
      return parseTimestamp(column.format, cell)
    case 'boolean':
      return parseBoolean(cell)
  }
}

const longestShown = 40

/** A delivered value as it stands in a reason: short, on one line. */
export function shown(cell: unknown): string {
  const raw = typeof cell === 'string' ? `'${cell}'` : (JSON.stringify(cell) ?? 'nothing')
  const oneLine = raw.replaceAll(/[\u0000-\u001f]/g, '?')
  return oneLine.length > longestShown ? `${oneLine.slice(0, longestShown)}…` : oneLine
}

function parseMissing(column: Column, cell: unknown): ParsedCell {
  // An empty text is a text; only a column that may be null reads it as missing.
  if (cell === '' && column.type === 'text' && column.nullable !== true) return value('')
  if (column.nullable === true) return value(null)
  return refused(`expected ${nameOf(column)}, got nothing`)
}

function nameOf(column: Column): string {
  switch (column.type) {
    case 'integer':
      return 'a whole number'
    case 'decimal':
      return 'a decimal number'
    case 'text':
      return 'a text'
    case 'date':
    case 'timestamp':
      return `a date as ${column.format}`
    case 'boolean':
      return 'true or false'
  }
}

function value(of: ColumnValue): ParsedCell {
  return { ok: true, value: of }
}

function refused(reason: string): ParsedCell {
  return { ok: false, reason }
}

function parseInteger(cell: unknown): ParsedCell {
  if (typeof cell === 'string' && /^\s*[+-]?\d+\s*$/.test(cell)) return checkInteger(Number(cell), cell)
  if (typeof cell === 'number') return checkInteger(cell, cell)
  return refused(`expected a whole number, got ${shown(cell)}`)
}

function checkInteger(number: number, cell: unknown): ParsedCell {
  if (Number.isSafeInteger(number)) return value(number === 0 ? 0 : number)
  return refused(`expected a whole number between ±2^53, got ${shown(cell)}`)
}

function parseDecimal(cell: unknown): ParsedCell {
  const written = typeof cell === 'number' ? String(cell) : cell
  if (typeof written === 'string' && /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(written.trim()))
    return value(written.trim())
  return refused(`expected a decimal number, got ${shown(cell)}`)
}

function parseText(column: TextColumn, cell: unknown): ParsedCell {
  if (typeof cell !== 'string') return refused(`expected a text, got ${shown(cell)}`)
  if (column.maxLength !== undefined && cell.length > column.maxLength) {
    return refused(`expected at most ${column.maxLength} characters, got ${cell.length}`)
  }
  if (cell.includes('\u0000')) return refused('expected a text without the character U+0000')
  if (cell.includes('\ufffd')) return refused('expected valid text, got the replacement character U+FFFD')
  if (column.allowFormulas !== true && isFormula(cell)) {
    return refused(`expected a text that no spreadsheet runs as a formula, got ${shown(cell)}`)
  }
  return value(cell)
}

// A sign before a number, a dash alone and an international telephone number are no formulas.
function isFormula(cell: string): boolean {
  return /^[=@\t\r]/.test(cell) || (/^[+-]/.test(cell) && !/^[+-][\d\s.,()/-]*$/.test(cell))
}

function parseBoolean(cell: unknown): ParsedCell {
  if (typeof cell === 'boolean') return value(cell)
  const word = typeof cell === 'number' ? String(cell) : typeof cell === 'string' ? cell.toLowerCase() : ''
  if (['true', 't', '1', 'yes', 'y'].includes(word)) return value(true)
  if (['false', 'f', '0', 'no', 'n'].includes(word)) return value(false)
  return refused(`expected true or false, got ${shown(cell)}`)
}

function parseDate(format: string, cell: unknown): ParsedCell {
  const written = typeof cell === 'number' ? String(cell).padStart(format.length, '0') : cell
  const day = typeof written === 'string' ? readDay(format, written) : undefined
  return day === undefined ? refused(`expected a date as ${format}, got ${shown(cell)}`) : value(day)
}

function parseTimestamp(format: string, cell: unknown): ParsedCell {
  const separatorAt = format.indexOf('hh') - 1
  if (
    typeof cell === 'string' &&
    cell.length === format.length &&
    cell[separatorAt] === format[separatorAt]
  ) {
    const day = readDay(format.slice(0, separatorAt), cell.slice(0, separatorAt))
    const time = cell.slice(separatorAt + 1)
    if (day !== undefined && /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time)) return value(`${day} ${time}`)
  }
  return refused(`expected a date and time as ${format}, got ${shown(cell)}`)
}

const firstYearOfLastCentury = 70

// Reads the digits where the format has its letters; everything else must be equal.
function readDay(format: string, written: string): string | undefined {
  if (written.length !== format.length) return undefined
  let year = 0
  let month = 0
  let day = 0
  for (let index = 0; index < format.length; index += 1) {
    const letter = format.charAt(index)
    const character = written.charAt(index)
    const digit = character >= '0' && character <= '9' ? Number(character) : undefined
    if (letter === 'Y' && digit !== undefined) year = year * 10 + digit
    else if (letter === 'M' && digit !== undefined) month = month * 10 + digit
    else if (letter === 'D' && digit !== undefined) day = day * 10 + digit
    else if (letter !== character) return undefined
  }
  if (!format.includes('YYYY')) year += year < firstYearOfLastCentury ? 2000 : 1900
  return isDay(year, month, day) ? `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}` : undefined
}

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isDay(year: number, month: number, day: number): boolean {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && isLeapYear ? 29 : (daysOfMonth[month - 1] ?? 0)
  return year > 0 && day >= 1 && day <= days
}

function pad(number: number, length: number): string {
  return String(number).padStart(length, '0')
}
