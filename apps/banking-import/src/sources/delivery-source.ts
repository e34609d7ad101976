/** Reads a delivery straight from its files, as often as wanted, each time under other ids. */
import {
  type JsonValue,
  type RejectedInput,
  SeededRandom,
  type Source,
  type SourceBatch,
  type SourceContext,
  type SourceSplit,
  type SplitReader,
  StreamcoreError,
} from 'streamcore'
import { copiedRecord } from '../delivery/copied-record.js'
import type { DeliveryItem } from '../delivery/delivery-file.js'
import { readDelivery } from '../delivery/read-delivery.js'
import type { ImportRecord, PartialRecord } from '../model/import-record.js'
import { type EntityNode, type ModelGraph, nodeOf } from '../model/model-graph.js'
import { parsePartialRecord } from '../model/parse-record.js'

/** A delivery that is read without topics. */
export interface DirectDelivery {
  readonly directory: string
  /** How often it is read; 1 is the delivery itself. */
  readonly copies: number
  /** What the ids of one copy are away from those of the next. */
  readonly stride: number
  /** Mixes the files; null: one after the other. */
  readonly shuffleSeed: number | null
}

/** Version of records that bring none. */
const deliveryNumber = 1
/** Records of the files in memory at a time: all their copies go out before the next ones are read. */
const chunkItems = { ofCopied: 10_000, ofSingle: 1_000 } as const

/** A bounded source with one split. Memory does not grow with the delivery, nor with the number of copies. */
export function deliverySource(
  delivery: DirectDelivery,
  graph: ModelGraph,
): Source<ImportRecord | PartialRecord> {
  return Object.freeze({
    kind: 'delivery',
    config: { ...delivery },
    boundedness: 'bounded' as const,
    createEnumerator: () =>
      Promise.resolve({
        discover: () => Promise.resolve([{ id: 'delivery', info: null }]),
        close: () => Promise.resolve(),
      }),
    async createReader(split: SourceSplit, position: JsonValue | undefined, context: SourceContext) {
      const reader = new DeliveryReader(readItems(delivery, graph, context), { delivery, graph })
      await reader.goTo(parsePosition(split, position, nameOf(delivery)))
      return reader
    },
  })
}

function readItems(
  { directory, shuffleSeed }: DirectDelivery,
  { model }: ModelGraph,
  context: SourceContext,
): AsyncGenerator<DeliveryItem> {
  const random = shuffleSeed === null ? {} : { random: new SeededRandom(shuffleSeed) }
  return readDelivery({ model, directory, delivery: deliveryNumber, context, ...random })
}

/** Of which delivery, a record of its files before this one, the copy, and how far it has been handed over. */
interface DeliveryPosition {
  readonly delivery: string
  readonly chunk: number
  readonly copy: number
  readonly index: number
}

/** Something of the files that was looked at. */
type Parsed =
  | { readonly kind: 'record'; readonly node: EntityNode; readonly record: ImportRecord | PartialRecord }
  | ({ readonly kind: 'rejected' } & Omit<RejectedInput, 'beforeIndex'>)

class DeliveryReader implements SplitReader<ImportRecord | PartialRecord> {
  readonly #items: AsyncGenerator<DeliveryItem>
  readonly #graph: ModelGraph
  readonly #copies: number
  readonly #stride: number
  readonly #delivery: string
  #chunk: readonly Parsed[] = []
  #chunkStart = 0
  #copy = 0
  #index = 0
  #isEnd = false

  constructor(
    items: AsyncGenerator<DeliveryItem>,
    { delivery, graph }: { readonly delivery: DirectDelivery; readonly graph: ModelGraph },
  ) {
    this.#items = items
    this.#graph = graph
    this.#copies = delivery.copies
    this.#stride = delivery.stride
    this.#delivery = nameOf(delivery)
  }

  /** The files are read again from their beginning: what they hold, and the order, are the same. */
  async goTo({ chunk, copy, index }: DeliveryPosition): Promise<void> {
    for (let skipped = 0; skipped < chunk; skipped += 1) {
      if ((await this.#items.next()).done === true) break
    }
    this.#chunkStart = chunk
    await this.#readChunk()
    this.#copy = copy
    this.#index = index
  }

  async fetch(maxRecords: number): Promise<SourceBatch<ImportRecord | PartialRecord>> {
    if (this.#index >= this.#chunk.length) await this.#goOn()
    const from = this.#index
    const records: (ImportRecord | PartialRecord)[] = []
    const indexes: number[] = []
    const rejected: RejectedInput[] = []
    while (this.#index < this.#chunk.length && records.length < maxRecords) {
      const parsed = this.#chunk[this.#index]
      this.#index += 1
      if (parsed?.kind === 'record') {
        records.push(copiedRecord(parsed.node, parsed.record, this.#copy, this.#stride))
        indexes.push(this.#index)
      } else if (parsed !== undefined && this.#copy === 0) {
        const { place, reason, raw } = parsed
        rejected.push({ beforeIndex: records.length, place, reason, raw })
      }
    }
    const place = { delivery: this.#delivery, chunk: this.#chunkStart, copy: this.#copy }
    return {
      records,
      rejected,
      positionAfter: (index) => ({ ...place, index: indexes[index] ?? from }),
      endPosition: { ...place, index: this.#index },
      placeOf: (index) => records[index]?.place ?? '',
      isEnd: this.#isEnd,
    }
  }

  async close(): Promise<void> {
    await this.#items.return(undefined)
  }

  /** The same records for the next copy, or the next records for the first one. */
  async #goOn(): Promise<void> {
    this.#index = 0
    this.#copy += 1
    if (this.#copy < this.#copies && this.#chunk.length > 0) return
    this.#copy = 0
    this.#chunkStart += this.#chunk.length
    await this.#readChunk()
    this.#isEnd = this.#chunk.length === 0
  }

  async #readChunk(): Promise<void> {
    const chunk: Parsed[] = []
    const size = this.#copies > 1 ? chunkItems.ofCopied : chunkItems.ofSingle
    while (chunk.length < size) {
      const next = await this.#items.next()
      if (next.done === true) break
      chunk.push(this.#parse(next.value))
    }
    this.#chunk = chunk
  }

  #parse(item: DeliveryItem): Parsed {
    if (item.kind === 'rejected') return { kind: 'rejected', ...item.line }
    const place = item.record.place ?? item.entity.file
    const node = nodeOf(this.#graph, item.entity.name)
    const record = parsePartialRecord(node, item.record, place)
    if (record.kind !== 'refused') return { kind: 'record', node, record }
    const raw = JSON.stringify(item.record.cells).slice(0, 1_000)
    return { kind: 'rejected', place, reason: record.reason, raw }
  }
}

/** Two deliveries of one name hold the same records in the same order, as long as nobody changes the files. */
function nameOf({ directory, copies, stride, shuffleSeed }: DirectDelivery): string {
  const order = shuffleSeed === null ? 'in order' : `shuffled by ${shuffleSeed}`
  return `${directory}, ${copies === 1 ? 'once' : `${copies} times`}, ids ${stride} apart, ${order}`
}

/** A position counts records: in another delivery it would skip as many that nobody has read. */
function parsePosition(
  { id }: SourceSplit,
  position: JsonValue | undefined,
  delivery: string,
): DeliveryPosition {
  if (position === undefined) return { delivery, chunk: 0, copy: 0, index: 0 }
  if (!isPosition(position)) {
    throw new StreamcoreError(
      'STREAMCORE_RESTORE',
      `Expected the position of '${id}' to be { delivery, chunk, copy, index }, got ${JSON.stringify(position)}`,
    )
  }
  if (position.delivery === delivery) return position
  throw new StreamcoreError(
    'STREAMCORE_RESTORE',
    `Expected to go on with the delivery '${position.delivery}', which the state is of, got '${delivery}'; give each delivery that is imported without topics a --folder of its own`,
  )
}

function isPosition(position: JsonValue): position is JsonValue & DeliveryPosition {
  if (typeof position !== 'object' || position === null) return false
  return (
    typeof Reflect.get(position, 'delivery') === 'string' &&
    ['chunk', 'copy', 'index'].every((name) => typeof Reflect.get(position, name) === 'number')
  )
}
