/** An entity: one data type of the source system, how it is delivered, and what its records refer to. */
import { StreamcoreError } from 'streamcore'
import type { Columns, ValueOf } from './column.js'

/** A foreign key: own columns that hold the id of another entity's record. */
export interface ForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  /** The entity pointed at; undefined when {@link by} decides. */
  readonly to?: string
  /** Polymorphic: the column whose text decides the entity, and the entity for each text. */
  readonly by?: { readonly column: string; readonly cases: Readonly<Record<string, string>> }
  /** A key without value points at nothing; otherwise a missing value is an error of the record. */
  readonly isOptional: boolean
}

/** Which records delete: those whose `column` holds one of `deletes`. The column is not stored. */
export interface OperationColumn {
  readonly column: string
  readonly deletes: readonly string[]
}

/** An entity as it stands in a model: plain JSON, all defaults filled in. */
export interface Entity {
  readonly name: string
  readonly columns: Columns
  readonly id: readonly string[]
  /** The column that orders the versions of a record; without it the delivery's number does. */
  readonly sequence?: string
  readonly foreignKeys: readonly ForeignKey[]
  readonly operation?: OperationColumn
  /** Deliveries may bring only some columns of a record; the others keep their last value. It costs a row of state per record. */
  readonly allowsPartial: boolean
  /** Table of the target. */
  readonly table: string
  /** Column of the target that holds the version. */
  readonly versionColumn: string
  /** Topic of the log. */
  readonly topic: string
  /** File of a delivery. */
  readonly file: string
  /** File of a delivery that lists ids to delete. */
  readonly deleteFile: string
  readonly delimiter: string
  readonly encoding: string
}

/** A foreign key as the user writes it, where the short form `'account'` or `'account?'` does not suffice. */
export interface ForeignKeyOptions<NAME extends string = string> {
  /** Own columns, in the order of the other entity's id; default: the column named like the key. */
  readonly columns?: readonly NAME[]
  readonly to?: string
  readonly by?: { readonly column: NAME; readonly cases: Readonly<Record<string, string>> }
  readonly optional?: boolean
}

/** What {@link entity} is given. */
export interface EntityOptions<C extends Columns> {
  readonly columns: C
  readonly id: ColumnName<C> | readonly ColumnName<C>[]
  readonly sequence?: ColumnName<C>
  readonly foreignKeys?: Readonly<Record<string, string | ForeignKeyOptions<ColumnName<C>>>>
  readonly operation?: OperationColumn
  readonly allowsPartial?: boolean
  readonly table?: string
  readonly versionColumn?: string
  readonly topic?: string
  readonly file?: string
  readonly deleteFile?: string
  readonly delimiter?: string
  readonly encoding?: string
}

/** The names of columns. */
export type ColumnName<C extends Columns> = keyof C & string

/** An entity that remembers the type of its columns. */
export type TypedEntity<C extends Columns> = Omit<Entity, 'columns'> & { readonly columns: C }

/** The type of an entity's rows: `RowOf<typeof account>`. */
export type RowOf<E extends { readonly columns: Columns }> = {
  readonly [N in keyof E['columns']]: ValueOf<E['columns'][N]>
}

/**
 * Describes an entity: `entity('booking', { columns, id: 'bookingId', foreignKeys: { accountId: 'account' } })`.
 * A target with a question mark, `'account?'`, makes the foreign key optional.
 * @throws StreamcoreError `STREAMCORE_CONFIG` naming the option when it names a column that does not exist
 */
export function entity<const C extends Columns>(name: string, options: EntityOptions<C>): TypedEntity<C> {
  const { columns, sequence, operation } = options
  const id: readonly string[] = typeof options.id === 'string' ? [options.id] : [...options.id]
  const file = options.file ?? `${name}.csv`
  const described: TypedEntity<C> = {
    name,
    columns,
    id,
    ...(sequence === undefined ? {} : { sequence }),
    foreignKeys: Object.entries(options.foreignKeys ?? {}).map(([field, given]) => foreignKey(field, given)),
    ...(operation === undefined ? {} : { operation }),
    allowsPartial: options.allowsPartial ?? false,
    table: options.table ?? name,
    versionColumn: options.versionColumn ?? sequence ?? 'import_version',
    topic: options.topic ?? name,
    file,
    deleteFile: options.deleteFile ?? deleteFileOf(file),
    delimiter: options.delimiter ?? ',',
    encoding: options.encoding ?? 'utf8',
  }
  checkEntity(described)
  return described
}

function deleteFileOf(file: string): string {
  const dot = file.lastIndexOf('.')
  return dot < 0 ? `${file}.deletes` : `${file.slice(0, dot)}.deletes${file.slice(dot)}`
}

function foreignKey(name: string, given: string | ForeignKeyOptions): ForeignKey {
  if (typeof given === 'string') {
    const isOptional = given.endsWith('?')
    return { name, columns: [name], to: isOptional ? given.slice(0, -1) : given, isOptional }
  }
  return {
    name,
    columns: given.columns ?? [name],
    ...(given.to === undefined ? {} : { to: given.to }),
    ...(given.by === undefined ? {} : { by: given.by }),
    isOptional: given.optional ?? false,
  }
}

/** Checks what can be checked without the other entities. */
export function checkEntity(given: Entity): void {
  const { name } = given
  if (!/^[A-Za-z_][\w-]*$/.test(name)) {
    refuse(name, 'name', `a name made of letters, digits, - and _`, `'${name}'`)
  }
  if (Object.keys(given.columns).length === 0) refuse(name, 'columns', 'at least one column', 'none')
  for (const column of Object.keys(given.columns)) {
    if (column === '__proto__') refuse(name, `columns.${column}`, 'another name', `'${column}'`)
  }
  if (given.id.length === 0) refuse(name, 'id', 'at least one column', 'none')
  if (given.delimiter.length !== 1) refuse(name, 'delimiter', 'one character', `'${given.delimiter}'`)
  for (const column of given.id) {
    requireColumn(given, 'id', column)
    if (given.columns[column]?.nullable === true)
      refuse(name, 'id', `'${column}' not to be nullable`, 'a nullable column')
  }
  checkSequence(given)
  checkForeignKeys(given)
}

function checkSequence(given: Entity): void {
  const { name, sequence } = given
  if (sequence !== undefined) {
    requireColumn(given, 'sequence', sequence)
    const column = given.columns[sequence]
    if (column?.type !== 'integer' || column.nullable === true) {
      refuse(name, 'sequence', `'${sequence}' to be an integer that is never missing`, `${column?.type}`)
    }
    if (given.versionColumn !== sequence)
      refuse(name, 'versionColumn', `'${sequence}', the sequence`, `'${given.versionColumn}'`)
  } else if (given.versionColumn in given.columns) {
    refuse(name, 'versionColumn', 'a name that no column has', `'${given.versionColumn}'`)
  }
}

function checkForeignKeys(given: Entity): void {
  const names = new Set<string>()
  for (const key of given.foreignKeys) {
    const place = `foreignKeys.${key.name}`
    if (names.has(key.name)) refuse(given.name, place, 'each foreign key once', 'it twice')
    names.add(key.name)
    if (key.columns.length === 0) refuse(given.name, place, 'at least one column', 'none')
    for (const column of key.columns) requireColumn(given, place, column)
    if ((key.to === undefined) === (key.by === undefined)) {
      refuse(given.name, place, 'either `to` or `by`', key.to === undefined ? 'neither' : 'both')
    }
    if (key.by !== undefined) requireColumn(given, `${place}.by`, key.by.column)
  }
}

function requireColumn(given: Entity, option: string, column: string): void {
  if (Object.hasOwn(given.columns, column)) return
  const known = Object.keys(given.columns).join(', ')
  refuse(given.name, option, `one of the columns (${known})`, `'${column}'`)
}

function refuse(name: string, option: string, expected: string, got: string): never {
  const config = `entities.${name}.${option}`
  throw new StreamcoreError('STREAMCORE_CONFIG', `Expected \`${config}\` to be ${expected}, got ${got}`, {
    details: { config },
  })
}
