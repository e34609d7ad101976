/** Names in SQL text: always quoted, so that no name is ever read as anything else. */
import { StreamcoreError } from 'streamcore'

/** Longer names would be cut off silently and could then mean another table. */
const nameBytesMax = 63

/** A quoted identifier. */
export function quoteName(name: string): string {
  const isUsable =
    name !== '' && !name.includes('\0') && new TextEncoder().encode(name).length <= nameBytesMax
  if (isUsable) return `"${name.replaceAll('"', '""')}"`
  throw new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected a name of 1 to ${nameBytesMax} bytes in the database, got ${JSON.stringify(name.slice(0, 100))}`,
  )
}

/** A quoted table name, in the schema where one is given. */
export function quoteTable(table: string, schema: string | undefined): string {
  return schema === undefined ? quoteName(table) : `${quoteName(schema)}.${quoteName(table)}`
}
