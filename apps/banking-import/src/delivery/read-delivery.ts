/** Reads a delivery: a directory with a file per entity, and perhaps a file of deletes per entity. */
import { filesConnection, type Random, type SourceContext } from 'streamcore'
import type { Model } from '../model/model.js'
import { DeliveryFile, type DeliveryItem, missingFile, noDelivery } from './delivery-file.js'

/** What a delivery is read with. */
export interface ReadDeliveryOptions {
  readonly model: Model
  readonly directory: string
  /** Number of the delivery: the version of records that bring none. */
  readonly delivery: number
  /** A partial delivery may leave files out. */
  readonly isPartial?: boolean
  /** Mixes the files; without it they come one after the other, in the model's order. */
  readonly random?: Random
  readonly maxRecordBytes?: number
  /** `connections.files` is the file system. */
  readonly context: SourceContext
}

const batchRecordsMax = 500

/**
 * All items of a delivery, with bounded memory. Lines of one file keep their order.
 * @throws StreamcoreError `STREAMCORE_CONFIG` before the first item when no file of the model is there
 */
export async function* readDelivery(options: ReadDeliveryOptions): AsyncGenerator<DeliveryItem> {
  const { model, directory, isPartial = false, random } = options
  const plan = await findFiles(options)
  if (!plan.some(({ exists }) => exists))
    throw noDelivery(
      directory,
      model.entities.map(({ file }) => file),
    )
  for (const { entity, exists, isDeleteFile } of plan) {
    if (!exists && !isDeleteFile && !isPartial) yield missingFile(entity, directory)
  }
  const files: DeliveryFile[] = []
  try {
    for (const planned of plan) if (planned.exists) files.push(await openFile(planned, options))
    const left = [...files]
    while (left.length > 0) {
      const index = random === undefined ? 0 : random.below(left.length)
      const file = left[index]
      if (file === undefined) break
      yield* await file.next(batchRecordsMax)
      if (file.isEnd) left.splice(index, 1)
    }
  } finally {
    for (const file of files) await file.close()
  }
}

/** Files of the directory that belong to no entity. */
export async function strangeFiles(
  options: Pick<ReadDeliveryOptions, 'model' | 'directory' | 'context'>,
): Promise<readonly string[]> {
  const { model, directory, context } = options
  const fileSystem = await filesConnection.open(context.connections, 'files')
  const known = new Set(model.entities.flatMap(({ file, deleteFile }) => [file, deleteFile]))
  return (await fileSystem.list(directory)).filter((name) => !known.has(name) && !name.startsWith('.'))
}

interface PlannedFile {
  readonly entity: Model['entities'][number]
  readonly name: string
  readonly isDeleteFile: boolean
  readonly exists: boolean
}

async function findFiles({
  model,
  directory,
  context,
}: ReadDeliveryOptions): Promise<readonly PlannedFile[]> {
  const fileSystem = await filesConnection.open(context.connections, 'files')
  const names = new Set(await fileSystem.list(directory))
  return model.entities.flatMap((entity) => [
    { entity, name: entity.file, isDeleteFile: false, exists: names.has(entity.file) },
    { entity, name: entity.deleteFile, isDeleteFile: true, exists: names.has(entity.deleteFile) },
  ])
}

async function openFile(
  { entity, name, isDeleteFile }: PlannedFile,
  options: ReadDeliveryOptions,
): Promise<DeliveryFile> {
  const { directory, delivery, context, maxRecordBytes } = options
  return await DeliveryFile.open({
    entity,
    path: `${directory}/${name}`,
    name,
    isDeleteFile,
    version: delivery,
    context,
    ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }),
  })
}
