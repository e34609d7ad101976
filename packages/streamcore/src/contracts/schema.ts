/** Schemas and type tags: the places where a type enters a job. */

/** Anything that parses `unknown` into T (zod, valibot, hand-written): the type enters the job here and nowhere else. */
export interface Schema<T> {
  parse(input: unknown): T
}

/** A value-less carrier of a type, made by {@link type}. */
export interface TypeTag<T> {
  /** Never called: it only carries T, invariantly. */
  readonly carries?: (value: T) => T
}

/** Names a type where no value shows it: `emits: type<Row>()`. */
export function type<T>(): TypeTag<T> {
  return {}
}

/** The schema of a job without parameters. */
export const noParams: Schema<Readonly<Record<string, never>>> = { parse: () => ({}) }
