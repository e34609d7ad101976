/** Writes generated deliveries into directories: the first one full, later ones with what has changed, and whatever trouble is wanted. */
import { type FileSystem, type OpenFile } from 'streamcore'
import type { Entity } from '../model/entity.js'
import { modelGraph, nodeOf } from '../model/model-graph.js'
import { badLine } from './bad-lines.js'
import type { GeneratedModel } from './berka-plan.js'
import { Draw } from './draw.js'
import type { Cells, TablePlan } from './table-plan.js'

/** How often something happens, each from 0 to 1. */
export interface Trouble {
  /** Rows that change from one delivery to the next. */
  readonly updates: number
  /** Rows that end, of tables nobody refers to; some come back later. */
  readonly deletes: number
  /** Rows that others refer to and that come only with the second delivery. */
  readonly lateParents: number
  /** Rows that refer to something that never comes. */
  readonly orphans: number
  /** Lines that cannot be used, beside the good ones. */
  readonly badLines: number
}

/** No trouble at all. */
export const noTrouble: Trouble = { updates: 0, deletes: 0, lateParents: 0, orphans: 0, badLines: 0 }

/** What is written where. */
export interface WriteDeliveriesOptions {
  readonly generated: GeneratedModel
  readonly files: FileSystem
  /** Deliveries go to `delivery-1`, `delivery-2`, … below it. */
  readonly directory: string
  readonly seed: number
  readonly deliveries: number
  readonly trouble: Trouble
}

/** What was written. */
export interface WriteReport {
  readonly directories: readonly string[]
  readonly lines: number
  readonly deletes: number
  readonly badLines: number
  readonly orphans: number
  readonly lateParents: number
}

/** Writes all deliveries; the same options write the same bytes. Memory does not grow with the number of rows. */
export async function writeDeliveries(options: WriteDeliveriesOptions): Promise<WriteReport> {
  const counts = { lines: 0, deletes: 0, badLines: 0, orphans: 0, lateParents: 0 }
  const directories: string[] = []
  for (let delivery = 1; delivery <= options.deliveries; delivery += 1) {
    const directory = `${options.directory}/delivery-${delivery}`
    directories.push(directory)
    await writeDelivery(options, { directory, delivery, counts })
  }
  return { directories, ...counts }
}

/** Writes one full delivery into the directory itself. */
export async function writeTables(options: Omit<WriteDeliveriesOptions, 'deliveries'>): Promise<void> {
  const counts = { lines: 0, deletes: 0, badLines: 0, orphans: 0, lateParents: 0 }
  const { directory } = options
  await writeDelivery({ ...options, deliveries: 1 }, { directory, delivery: 1, counts })
}

async function writeDelivery(
  options: WriteDeliveriesOptions,
  {
    directory,
    delivery,
    counts,
  }: { readonly directory: string; readonly delivery: number; readonly counts: Counts },
): Promise<void> {
  await options.files.makeDirectory(directory)
  for (const [index, table] of options.generated.tables.entries()) {
    const writing = new TableWriting({ options, table, draw: new Draw(options.seed).at(index), counts })
    await writing.write(directory, delivery)
  }
  await options.files.syncDirectory(directory)
}

type Counts = { -readonly [N in Exclude<keyof WriteReport, 'directories'>]: number }

/** What happens to a row in a delivery. */
type RowFate = { readonly kind: 'nothing' | 'delete' } | { readonly kind: 'line'; readonly edition: number }

class TableWriting {
  readonly #table: TablePlan
  readonly #draw: Draw
  readonly #trouble: Trouble
  readonly #counts: Counts
  readonly #files: FileSystem
  readonly #isReferenced: boolean
  readonly #deliveries: number

  constructor({
    options,
    table,
    draw,
    counts,
  }: {
    readonly options: WriteDeliveriesOptions
    readonly table: TablePlan
    readonly draw: Draw
    readonly counts: Counts
  }) {
    this.#table = table
    this.#draw = draw
    this.#counts = counts
    this.#trouble = options.trouble
    this.#files = options.files
    this.#deliveries = options.deliveries
    this.#isReferenced = nodeOf(modelGraph(options.generated.model), table.entity.name).isReferenced
  }

  async write(directory: string, delivery: number): Promise<void> {
    const { entity, count } = this.#table
    const columns = Object.keys(entity.columns)
    const lines = new CsvFile(this.#files, `${directory}/${entity.file}`, columns.join(entity.delimiter))
    const deletes = new CsvFile(
      this.#files,
      `${directory}/${entity.deleteFile}`,
      entity.id.join(entity.delimiter),
    )
    // A full delivery holds every file, be it empty.
    if (delivery === 1) await lines.open()
    for (let index = 0; index < count; index += 1) {
      const fate = this.#fateOf(index, delivery)
      if (fate.kind === 'line') {
        await lines.write(csvLine(entity, columns, this.#cells(index, fate.edition)))
        this.#counts.lines += 1
      } else if (fate.kind === 'delete') {
        await deletes.write(csvLine(entity, entity.id, this.#table.cells(index, 0)))
        this.#counts.deletes += 1
      }
      if (this.#draw.at(4).at(index).at(delivery).float() < this.#trouble.badLines) {
        await lines.write(badLine(entity, this.#table.cells(index, 0), this.#counts.badLines))
        this.#counts.badLines += 1
      }
    }
    await lines.close()
    await deletes.close()
  }

  // Follows the row through the deliveries up to this one.
  #fateOf(index: number, delivery: number): RowFate {
    const isLate =
      this.#isReferenced && this.#deliveries > 1 && this.#happens(1, index, this.#trouble.lateParents)
    const born = isLate ? 2 : 1
    if (isLate && delivery === born) this.#counts.lateParents += 1
    let fate: RowFate = { kind: 'nothing' }
    let edition = 0
    let isDeleted = false
    for (let each = born; each <= delivery; each += 1) {
      const draw = this.#draw.at(2).at(index).at(each).float()
      const { updates, deletes } = this.#trouble
      if (each === born) fate = { kind: 'line', edition }
      else if (isDeleted ? draw < 0.3 : draw < updates) {
        edition += 1
        isDeleted = false
        fate = { kind: 'line', edition }
      } else if (!isDeleted && !this.#isReferenced && draw < updates + deletes) {
        isDeleted = true
        fate = { kind: 'delete' }
      } else fate = { kind: 'nothing' }
    }
    return fate
  }

  #happens(what: number, index: number, rate: number): boolean {
    return (
      this.#draw
        .at(10 + what)
        .at(index)
        .float() < rate
    )
  }

  #cells(index: number, edition: number): Cells {
    const { entity } = this.#table
    const cells = this.#table.cells(index, edition)
    const key = entity.foreignKeys.find((each) => !each.isOptional)
    const column = key?.columns.at(-1)
    if (column === undefined || !this.#happens(2, index, this.#trouble.orphans)) return cells
    this.#counts.orphans += 1
    return { ...cells, [column]: String(900_000_000 + index) }
  }
}

const bufferedBytes = 64 * 1024

/** A file that comes into being with its first line. */
class CsvFile {
  readonly #files: FileSystem
  readonly #path: string
  readonly #header: string
  #file: OpenFile | undefined
  #buffer: Uint8Array[] = []
  #size = 0

  constructor(files: FileSystem, path: string, header: string) {
    this.#files = files
    this.#path = path
    this.#header = header
  }

  async open(): Promise<void> {
    this.#file = await this.#files.open(this.#path, 'create')
    this.#push(new TextEncoder().encode(`${this.#header}\r\n`))
  }

  async write(line: Uint8Array): Promise<void> {
    if (this.#file === undefined) await this.open()
    this.#push(line)
    if (this.#size >= bufferedBytes) await this.#flush()
  }

  async close(): Promise<void> {
    if (this.#file === undefined) return
    await this.#flush()
    await this.#file.sync()
    await this.#file.close()
  }

  #push(bytes: Uint8Array): void {
    this.#buffer.push(bytes)
    this.#size += bytes.length
  }

  async #flush(): Promise<void> {
    const bytes = new Uint8Array(this.#size)
    let at = 0
    for (const part of this.#buffer) {
      bytes.set(part, at)
      at += part.length
    }
    this.#buffer = []
    this.#size = 0
    await this.#file?.write(bytes)
  }
}

const encoder = new TextEncoder()

// Texts stand in quotes, as in the original files; everything else as it is.
function csvLine(entity: Entity, columns: readonly string[], cells: Cells): Uint8Array {
  const fields = columns.map((name) => {
    const cell = cells[name] ?? ''
    return entity.columns[name]?.type === 'text' ? `"${cell.replaceAll('"', '""')}"` : cell
  })
  return encoder.encode(`${fields.join(entity.delimiter)}\r\n`)
}
