/** A model as large companies have it: many tables on many levels, composite ids, optional keys, a table that refers to itself. */
import { boolean, type Column, type Columns, date, decimal, integer, text } from '../model/column.js'
import { entity, type Entity, type ForeignKeyOptions } from '../model/entity.js'
import { model } from '../model/model.js'
import type { GeneratedModel } from './berka-plan.js'
import { Draw } from './draw.js'
import type { Cells, TablePlan } from './table-plan.js'

/** How wide and how much. */
export interface WideScale {
  readonly seed: number
  /** Tables; 70 by default. */
  readonly tables?: number
  /** Levels; 7 by default. */
  readonly levels?: number
  readonly rowsPerTable: number
  /** Whether the last table refers to itself; it does unless told. */
  readonly hasSelfReference?: boolean
}

const foreignKeysMax = 8
const compositeEvery = 5
const regions = 7

interface Shape {
  readonly name: string
  readonly level: number
  readonly isComposite: boolean
  readonly keys: readonly { readonly name: string; readonly to: number; readonly isOptional: boolean }[]
}

/** The model of a seed and its rows. */
export function widePlan(scale: WideScale): GeneratedModel {
  const { seed, tables = 70, levels = 7, rowsPerTable, hasSelfReference = true } = scale
  const draw = new Draw(seed)
  const shapes = shapesOf(draw, { tables, levels: Math.min(levels, tables), hasSelfReference })
  const entities = shapes.map((shape) => entityOf(shape, shapes))
  const plans = shapes.map((shape, index): TablePlan => {
    const rows = draw.at(2).at(index)
    const described = entities[index]
    if (described === undefined) throw new RangeError('every shape has an entity')
    return {
      entity: described,
      count: rowsPerTable,
      cells: (row, edition) => cellsOf(shape, { shapes, draw: rows.at(row), row, edition, rowsPerTable }),
    }
  })
  return { model: model(entities, { name: 'wide' }), tables: plans }
}

// One table per level first, so that every level exists; the others anywhere.
function shapesOf(
  draw: Draw,
  { tables, levels, hasSelfReference }: Required<Pick<WideScale, 'tables' | 'levels' | 'hasSelfReference'>>,
): readonly Shape[] {
  const levelOf = (index: number) => (index < levels ? index : draw.at(1).at(index).below(levels))
  const byLevel = Array.from({ length: tables }, (_, index) => index).sort((a, b) => levelOf(a) - levelOf(b))
  const shapes: Shape[] = []
  for (const [position, index] of byLevel.entries()) {
    const level = levelOf(index)
    const own = draw.at(3).at(index)
    const firstOfLevel = shapes.findIndex((shape) => shape.level === level - 1)
    const above = shapes.flatMap((shape, other) => (shape.level === level - 1 ? [other] : []))
    const lower = shapes.flatMap((shape, other) => (shape.level < level ? [other] : []))
    const count = level === 0 ? 0 : keyCount(own)
    const targets = Array.from({ length: count }, (_, key) => {
      const from = key === 0 ? above : lower
      return from[own.at(10).at(key).below(from.length)] ?? firstOfLevel
    })
    const isSelfReferring = hasSelfReference && position === tables - 1
    shapes.push({
      name: `t${String(position).padStart(2, '0')}`,
      level,
      isComposite: index % compositeEvery === 3,
      keys: [
        ...targets.map((to, key) => ({
          name: `fk${key}`,
          to,
          isOptional: key > 0 && own.at(20).at(key).float() < 0.4,
        })),
        ...(isSelfReferring ? [{ name: 'parent', to: position, isOptional: true }] : []),
      ],
    })
  }
  return shapes
}

// Most tables have one or two foreign keys, some many.
function keyCount(draw: Draw): number {
  return 1 + Math.floor(draw.at(1).float() ** 4 * foreignKeysMax)
}

function entityOf(shape: Shape, shapes: readonly Shape[]): Entity {
  const columns: Record<string, Column> = Object.fromEntries(
    idColumns(shape, '').map((name) => [name, integer()]),
  )
  const foreignKeys: Record<string, ForeignKeyOptions> = {}
  for (const { name, to, isOptional } of shape.keys) {
    const target = shapes[to] ?? shape
    const own = idColumns(target, `${name}_`)
    for (const column of own) columns[column] = integer(isOptional ? { nullable: true } : {})
    foreignKeys[name] = { columns: own, to: target.name, optional: isOptional }
  }
  const payload: Columns = {
    label: text(),
    amount: decimal({ nullable: true }),
    day: date('YYYY-MM-DD'),
    is_active: boolean(),
  }
  return entity(shape.name, {
    id: idColumns(shape, ''),
    columns: { ...columns, ...payload },
    foreignKeys,
  })
}

function idColumns({ isComposite }: Shape, prefix: string): readonly string[] {
  return isComposite ? [`${prefix}region`, `${prefix}no`] : [`${prefix}id`]
}

function idCells({ isComposite }: Shape, prefix: string, row: number): Cells {
  if (!isComposite) return { [`${prefix}id`]: String(row + 1) }
  return { [`${prefix}region`]: String(row % regions), [`${prefix}no`]: String(Math.floor(row / regions)) }
}

interface RowPlace {
  readonly shapes: readonly Shape[]
  readonly draw: Draw
  readonly row: number
  readonly edition: number
  readonly rowsPerTable: number
}

function cellsOf(shape: Shape, { shapes, draw, row, edition, rowsPerTable }: RowPlace): Cells {
  const cells: Record<string, string> = { ...idCells(shape, '', row) }
  for (const [index, { name, to, isOptional }] of shape.keys.entries()) {
    const target = shapes[to] ?? shape
    const isSelf = target === shape
    const own = draw
      .at(50)
      .at(index)
      .at(isSelf ? 0 : edition)
    const isEmpty = isOptional && (own.at(1).float() < 0.2 || (isSelf && row === 0))
    // A table that refers to itself points backwards only: its rows form no cycle.
    const parent = isEmpty
      ? undefined
      : idCells(target, `${name}_`, own.at(2).below(isSelf ? row : rowsPerTable))
    for (const column of idColumns(target, `${name}_`)) cells[column] = parent?.[column] ?? ''
  }
  return {
    ...cells,
    label: `row ${row}, edition ${edition}`,
    amount:
      draw.at(60).at(edition).float() < 0.1
        ? ''
        : `${draw.at(61).at(edition).below(100_000)}.${draw.at(62).below(10)}`,
    day: `20${10 + draw.at(63).below(15)}-0${1 + draw.at(64).below(9)}-${10 + draw.at(65).below(19)}`,
    is_active: String(draw.at(66).at(edition).below(2) === 0),
  }
}
