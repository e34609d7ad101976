/** Reads one file of a delivery: good lines become delivered records, bad ones rejected lines. */
import { csvRecords, csvSource, describeFilePlace } from '@streamcore/connectors/files'
import { type SourceContext, type SplitReader, StreamcoreError } from 'streamcore'
import type { Entity } from '../model/entity.js'
import type { DeliveredRecord } from '../model/parse-record.js'
import type { RejectedLine } from './topic-record.js'

/** Something a delivery holds. */
export type DeliveryItem =
  | {
      readonly kind: 'record'
      readonly entity: Entity
      readonly id: string
      readonly record: DeliveredRecord
    }
  | { readonly kind: 'rejected'; readonly entity: Entity; readonly line: RejectedLine }

/** What a file is read with. */
export interface DeliveryFileOptions {
  readonly entity: Entity
  readonly path: string
  /** How the file is called in places. */
  readonly name: string
  /** The file lists ids to delete. */
  readonly isDeleteFile: boolean
  /** Version of records that bring none. */
  readonly version: number
  readonly context: SourceContext
  readonly maxRecordBytes?: number
}

/** Columns that a file may have besides those of its entity. */
const versionHeader = 'version'
const operationHeader = 'op'

// Ids whose versions are compared within a file; beyond that the resolver alone notices what comes twice.
const trackedIdsMax = 500_000

/** A file being read. */
export class DeliveryFile {
  readonly #options: DeliveryFileOptions
  readonly #reader: SplitReader<Readonly<Record<string, string>>>
  readonly #versions = new Map<string, number>()
  #isFirst = true
  #isUnusable = false
  #isEnd = false

  private constructor(options: DeliveryFileOptions, reader: SplitReader<Readonly<Record<string, string>>>) {
    this.#options = options
    this.#reader = reader
  }

  /** @throws StreamcoreError `STREAMCORE_CONFIG` when delimiter or encoding cannot be used */
  static async open(options: DeliveryFileOptions): Promise<DeliveryFile> {
    const { path, entity, context, maxRecordBytes } = options
    const { delimiter, encoding } = entity
    const source = csvSource({
      files: [path],
      delimiter,
      encoding,
      schema: csvRecords,
      ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }),
    })
    return new DeliveryFile(
      options,
      await source.createReader({ id: path, info: { path } }, undefined, context),
    )
  }

  get isEnd(): boolean {
    return this.#isEnd || this.#isUnusable
  }

  /** The next items, at most `maxRecords` records; none at the end. */
  async next(maxRecords: number): Promise<readonly DeliveryItem[]> {
    const batch = await this.#reader.fetch(maxRecords)
    this.#isEnd ||= batch.isEnd
    const items = (batch.rejected ?? []).map(({ place, reason, raw }) =>
      this.#rejected(this.#shorter(place), reason, raw),
    )
    for (const [index, cells] of batch.records.entries()) {
      if (this.#isFirst) items.push(...this.#checkHeader(cells))
      this.#isFirst = false
      if (this.#isUnusable) break
      items.push(this.#take(cells, this.#shorter(batch.placeOf(index))))
    }
    return items
  }

  async close(): Promise<void> {
    await this.#reader.close()
  }

  // A column nobody knows is reported once and left out; without a column it needs, the file is of no use.
  #checkHeader(cells: Readonly<Record<string, string>>): readonly DeliveryItem[] {
    const place = describeFilePlace({ file: this.#options.name, line: 1 })
    const header = Object.keys(cells).join(this.#options.entity.delimiter)
    const unknown = Object.keys(cells).filter((name) => !this.#isKnown(name))
    const missing = this.#needed().filter((name) => !Object.hasOwn(cells, name))
    this.#isUnusable = missing.length > 0
    return [
      ...unknown.map((name) => this.#rejected(place, `unknown column '${name}'`, header)),
      ...missing.map((name) =>
        this.#rejected(place, `missing column '${name}': the file is left out`, header),
      ),
    ]
  }

  #isKnown(name: string): boolean {
    const { columns, operation } = this.#options.entity
    return (
      Object.hasOwn(columns, name) ||
      name === versionHeader ||
      name === operationHeader ||
      name === operation?.column
    )
  }

  #needed(): readonly string[] {
    const { columns, id, sequence, allowsPartial } = this.#options.entity
    if (this.#options.isDeleteFile || allowsPartial) return sequence === undefined ? id : [...id, sequence]
    return Object.keys(columns).filter((name) => columns[name]?.nullable !== true)
  }

  #take(all: Readonly<Record<string, string>>, place: string): DeliveryItem {
    const { entity, isDeleteFile } = this.#options
    const version = this.#versionOf(all)
    const op = isDeleteFile ? 'delete' : this.#operationOf(all)
    const raw = Object.values(all).join(entity.delimiter)
    if (typeof version === 'string') return this.#rejected(place, version, raw)
    if (op === undefined)
      return this.#rejected(
        place,
        `column 'op': expected upsert or delete, got '${all[operationHeader]}'`,
        raw,
      )
    const id = entity.id.map((name) => all[name]?.trim() ?? '').join('|')
    const complaint = this.#complaint(id, version)
    if (complaint !== undefined) return this.#rejected(place, complaint, raw)
    const cells = Object.fromEntries(Object.entries(all).filter(([name]) => this.#isCell(name)))
    const isPartial =
      op === 'upsert' && Object.keys(entity.columns).some((name) => !Object.hasOwn(cells, name))
    return {
      kind: 'record',
      entity,
      id,
      record: { op, version, place, cells, ...(isPartial ? { isPartial } : {}) },
    }
  }

  #isCell(name: string): boolean {
    return Object.hasOwn(this.#options.entity.columns, name)
  }

  #versionOf(cells: Readonly<Record<string, string>>): number | string {
    const { entity, version } = this.#options
    const name = entity.sequence ?? versionHeader
    const given = cells[name]
    if (given === undefined) return version
    const number = Number(given)
    if (given.trim() !== '' && Number.isSafeInteger(number) && number > 0) return number
    return `column '${name}': expected a whole number above 0, got '${given}'`
  }

  #operationOf(cells: Readonly<Record<string, string>>): 'upsert' | 'delete' | undefined {
    const { operation, columns } = this.#options.entity
    if (operation !== undefined)
      return operation.deletes.includes(cells[operation.column] ?? '') ? 'delete' : 'upsert'
    const given = Object.hasOwn(columns, operationHeader) ? undefined : cells[operationHeader]
    if (given === undefined || given === '' || given === 'upsert') return 'upsert'
    return given === 'delete' ? 'delete' : undefined
  }

  #complaint(id: string, version: number): string | undefined {
    const last = this.#versions.get(id)
    if (last !== undefined && version === last) return `id ${id}: version ${version} is there twice`
    if (last !== undefined && version < last)
      return `id ${id}: version ${version} comes after version ${last}`
    if (last !== undefined || this.#versions.size < trackedIdsMax) this.#versions.set(id, version)
    return undefined
  }

  #rejected(place: string, reason: string, raw: string): DeliveryItem {
    return {
      kind: 'rejected',
      entity: this.#options.entity,
      line: { place, reason, raw: raw.slice(0, 1_000) },
    }
  }

  #shorter(place: string): string {
    const { path, name } = this.#options
    return place.startsWith(path) ? name + place.slice(path.length) : place
  }
}

/** The item that stands for a file that is not there. */
export function missingFile(entity: Entity, directory: string): DeliveryItem {
  const reason = `expected the file '${entity.file}' in ${directory}, got nothing; a partial delivery may leave it out`
  return { kind: 'rejected', entity, line: { place: entity.file, reason, raw: '' } }
}

/** Fails before the first record when there is nothing to read. */
export function noDelivery(directory: string, expected: readonly string[]): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CONFIG',
    `Expected the delivery '${directory}' to hold at least one of ${expected.join(', ')}, got none of them`,
    { details: { path: directory } },
  )
}
