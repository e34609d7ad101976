/** The target's tables that belong to a model: their description for the sink, and statements that create them. */
import type { TableDescription, TableForeignKey } from 'streamcore'
import { coalescedTable, createCoalescedTable } from './coalesced-table.js'
import type { Column } from './column.js'
import type { Entity, ForeignKey } from './entity.js'
import type { Model } from './model.js'

/** The descriptions of all tables that an import writes: those of the entities, in the model's order, and {@link coalescedTable}. */
export function tablesOf(model: Model): readonly TableDescription[] {
  return [...model.entities.map((entity) => tableOf(model, entity)), coalescedTable]
}

/** The description of an entity's table. A polymorphic foreign key is none to a database. */
export function tableOf(model: Model, entity: Entity): TableDescription {
  const { table, id, versionColumn } = entity
  return {
    table,
    columns: columnsOf(entity),
    primaryKey: id,
    versionColumn,
    foreignKeys: entity.foreignKeys.flatMap((key) => tableForeignKey(model, key)),
  }
}

function columnsOf({ columns, versionColumn }: Entity): readonly string[] {
  const names = Object.keys(columns)
  return names.includes(versionColumn) ? names : [...names, versionColumn]
}

function tableForeignKey(model: Model, { columns, to }: ForeignKey): readonly TableForeignKey[] {
  const target = model.entities.find(({ name }) => name === to)
  return target === undefined ? [] : [{ columns, table: target.table, referencedColumns: target.id }]
}

/**
 * Statements that create the tables, their foreign keys and an index per foreign key, each without effect where it was
 * carried out before.
 */
export function createStatements(model: Model): readonly string[] {
  const foreignKeys = model.entities.flatMap((entity) =>
    tableOf(model, entity).foreignKeys.flatMap((key) => foreignKeyStatements(entity, key)),
  )
  return [...model.entities.map(createTable), createCoalescedTable, ...foreignKeys]
}

function createTable(entity: Entity): string {
  const columns = Object.entries(entity.columns).map(([name, column]) => {
    const isRequired = column.nullable !== true
    return `${quoted(name)} ${sqlType(column)}${isRequired ? ' not null' : ''}`
  })
  const version = Object.hasOwn(entity.columns, entity.versionColumn)
    ? []
    : [`${quoted(entity.versionColumn)} bigint not null`]
  const parts = [...columns, ...version, `primary key (${list(entity.id)})`]
  return `create table if not exists ${quoted(entity.table)} (${parts.join(', ')})`
}

function foreignKeyStatements(entity: Entity, key: TableForeignKey): readonly string[] {
  const name = `${entity.table}_${key.columns.join('_')}`
  const references = `foreign key (${list(key.columns)}) references ${quoted(key.table)} (${list(key.referencedColumns)})`
  const add = `alter table ${quoted(entity.table)} add constraint ${quoted(`${name}_fkey`)} ${references}`
  return [
    `do $$ begin ${add}; exception when duplicate_object then null; end $$`,
    `create index if not exists ${quoted(`${name}_index`)} on ${quoted(entity.table)} (${list(key.columns)})`,
  ]
}

function sqlType({ type }: Column): string {
  switch (type) {
    case 'integer':
      return 'bigint'
    case 'decimal':
      return 'numeric'
    case 'text':
    case 'date':
    case 'timestamp':
    case 'boolean':
      return type
  }
}

function list(names: readonly string[]): string {
  return names.map(quoted).join(', ')
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
