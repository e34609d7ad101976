/** Lines as sick systems write them; each kind must end as a dead letter. */
import type { Entity } from '../model/entity.js'
import type { Cells } from './table-plan.js'

const kinds = ['too few columns', 'no number', 'formula', 'not UTF-8', 'stray quote', 'empty id'] as const

const encoder = new TextEncoder()

/** A bad line of an entity; the kinds take turns. */
export function badLine(entity: Entity, cells: Cells, turn: number): Uint8Array {
  const names = Object.keys(entity.columns)
  const [idColumn = ''] = entity.id
  const textColumn = names.find((name) => entity.columns[name]?.type === 'text' && !entity.id.includes(name))
  const fresh = { ...cells, [idColumn]: String(800_000_000 + turn) }
  const line = (changed: Cells) =>
    encoder.encode(`${names.map((name) => changed[name] ?? '').join(entity.delimiter)}\r\n`)
  const kind = kinds[turn % kinds.length]
  switch (kind) {
    case 'too few columns':
      return encoder.encode(`${800_000_000 + turn}\r\n`)
    case 'formula':
      return textColumn === undefined
        ? line({ ...fresh, [idColumn]: 'x1' })
        : line({ ...fresh, [textColumn]: '=1+1' })
    case 'not UTF-8': {
      const bytes = line({ ...fresh, [textColumn ?? idColumn]: 'x' })
      bytes[bytes.lastIndexOf('x'.charCodeAt(0))] = 0xff
      return bytes
    }
    case 'stray quote':
      return line({ ...fresh, [textColumn ?? idColumn]: 'a "stray" quote' })
    case 'empty id':
      return line({ ...fresh, [idColumn]: '' })
    default:
      return line({ ...fresh, [idColumn]: 'twelve' })
  }
}
