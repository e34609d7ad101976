/** What is generated for one entity. */
import type { Entity } from '../model/entity.js'

/** Texts by column name, as they stand in a file. */
export type Cells = Readonly<Record<string, string>>

/** A table to generate. */
export interface TablePlan {
  readonly entity: Entity
  readonly count: number
  /** The row with this index, as it is after `edition` updates. Id columns do not depend on the edition. */
  cells(index: number, edition: number): Cells
}
