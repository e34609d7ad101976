/** Reads a source to its end as an engine does, with a restart from the position wherever a test asks for one. */
import type { Connections, JsonValue, Ports, RejectedInput, Source } from 'streamcore'
import { nodePorts } from 'streamcore/node'

/** What a source gave. */
export interface ReadResult<T> {
  readonly records: T[]
  readonly places: string[]
  readonly rejected: Omit<RejectedInput, 'beforeIndex'>[]
}

/** How a test reads. */
export interface ReadOptions {
  readonly connections?: Connections
  readonly ports?: Ports
  readonly maxRecords?: number
  /** After this many records of each split the reader is closed and a new one opened at the position after the last record. */
  readonly restartEvery?: number
}

/** Reads all splits one after the other. */
export async function readSource<T>(source: Source<T>, options: ReadOptions = {}): Promise<ReadResult<T>> {
  const { connections = {}, ports = nodePorts({ logLevel: 'error' }) } = options
  const context = { jobId: 'job', uid: 'source', connections, ports }
  const result: ReadResult<T> = { records: [], places: [], rejected: [] }
  const enumerator = await source.createEnumerator(context)
  for (const split of await enumerator.discover()) {
    const open = (position: JsonValue | undefined) => source.createReader(split, position, context)
    await readSplit(open, { result, options })
  }
  await enumerator.close()
  return result
}

async function readSplit<T>(
  open: (position: JsonValue | undefined) => ReturnType<Source<T>['createReader']>,
  { result, options }: { readonly result: ReadResult<T>; readonly options: ReadOptions },
): Promise<void> {
  const { restartEvery = Number.POSITIVE_INFINITY, maxRecords = 1_000 } = options
  let reader = await open(undefined)
  let sinceRestart = 0
  for (;;) {
    const batch = await reader.fetch(Math.min(maxRecords, restartEvery))
    let position: JsonValue | undefined
    for (let index = 0; index <= batch.records.length && position === undefined; index++) {
      for (const { beforeIndex, ...input } of batch.rejected ?? []) {
        if (beforeIndex === index) result.rejected.push(input)
      }
      const record = batch.records[index]
      if (record === undefined) break
      result.records.push(record)
      result.places.push(batch.placeOf(index))
      if (++sinceRestart % restartEvery === 0) position = batch.positionAfter(index)
    }
    if (position === undefined && batch.isEnd) break
    if (position === undefined) continue
    await reader.close()
    // Positions stand in checkpoints, so they have to survive JSON.
    const stored: JsonValue = JSON.parse(JSON.stringify(position))
    reader = await open({ ...Object(stored) })
  }
  await reader.close()
}
