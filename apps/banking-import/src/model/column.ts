/** The columns of an entity: plain descriptions, so that a model can travel as JSON. */

/** What every column may say about missing values. */
export interface NullOptions {
  /** The value may be missing: an empty cell, `null`, or {@link nullText}. */
  readonly nullable?: boolean
  /** A text that stands for a missing value, such as `?`. */
  readonly nullText?: string
}

/** A whole number that fits a double exactly. */
export interface IntegerColumn extends NullOptions {
  readonly type: 'integer'
}

/** A decimal number, kept as text so that no digit is lost. */
export interface DecimalColumn extends NullOptions {
  readonly type: 'decimal'
}

/** A text. A value that a spreadsheet would run as a formula is refused unless `allowFormulas` is set. */
export interface TextColumn extends NullOptions {
  readonly type: 'text'
  readonly maxLength?: number
  readonly allowFormulas?: boolean
}

/** A day, delivered in the given format, stored as `1993-01-31`. */
export interface DateColumn extends NullOptions {
  readonly type: 'date'
  readonly format: DateFormat
}

/** A day and time without zone, delivered in the given format, stored as `1993-01-31 12:00:00`. */
export interface TimestampColumn extends NullOptions {
  readonly type: 'timestamp'
  readonly format: TimestampFormat
}

/** True or false. */
export interface BooleanColumn extends NullOptions {
  readonly type: 'boolean'
}

/** Any column. */
export type Column = IntegerColumn | DecimalColumn | TextColumn | DateColumn | TimestampColumn | BooleanColumn

/** Columns by name. */
export type Columns = Readonly<Record<string, Column>>

/** How a day may be written. Two-digit years below 70 belong to this century, the others to the last. */
export const dateFormats = ['YYMMDD', 'YYYYMMDD', 'YYYY-MM-DD', 'DD.MM.YYYY'] as const
/** One of {@link dateFormats}. */
export type DateFormat = (typeof dateFormats)[number]

/** How a day and time may be written. */
export const timestampFormats = ['YYMMDD hh:mm:ss', 'YYYY-MM-DD hh:mm:ss', 'YYYY-MM-DDThh:mm:ss'] as const
/** One of {@link timestampFormats}. */
export type TimestampFormat = (typeof timestampFormats)[number]

/** A whole number. */
export function integer<const O extends NullOptions>(options?: O): IntegerColumn & O
export function integer(options: NullOptions = {}): IntegerColumn {
  return { type: 'integer', ...options }
}

/** A decimal number, kept as text. */
export function decimal<const O extends NullOptions>(options?: O): DecimalColumn & O
export function decimal(options: NullOptions = {}): DecimalColumn {
  return { type: 'decimal', ...options }
}

/** A text. */
export function text<const O extends Omit<TextColumn, 'type'>>(options?: O): TextColumn & O
export function text(options: Omit<TextColumn, 'type'> = {}): TextColumn {
  return { type: 'text', ...options }
}

/** A day. */
export function date<const O extends NullOptions>(format: DateFormat, options?: O): DateColumn & O
export function date(format: DateFormat, options: NullOptions = {}): DateColumn {
  return { type: 'date', format, ...options }
}

/** A day and time. */
export function timestamp<const O extends NullOptions>(
  format: TimestampFormat,
  options?: O,
): TimestampColumn & O
export function timestamp(format: TimestampFormat, options: NullOptions = {}): TimestampColumn {
  return { type: 'timestamp', format, ...options }
}

/** True or false: `true`, `t`, `1`, `yes`, `y` and their opposites, in any case. */
export function boolean<const O extends NullOptions>(options?: O): BooleanColumn & O
export function boolean(options: NullOptions = {}): BooleanColumn {
  return { type: 'boolean', ...options }
}

/** The type of a column's values. */
export type ValueOf<C extends Column> =
  | (C['type'] extends 'integer' ? number : C['type'] extends 'boolean' ? boolean : string)
  | (C extends { readonly nullable: true } ? null : never)
