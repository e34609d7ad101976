/** Generates deliveries like those of a bank: `like: 'berka'` for its data, `like: 'wide'` for a model of many tables. */
import type { FileSystem } from 'streamcore'
import type { Model } from '../model/model.js'
import { berkaPlan } from './berka-plan.js'
import { widePlan } from './wide-plan.js'
import { noTrouble, type Trouble, writeDeliveries, type WriteReport } from './write-deliveries.js'

/** What is generated. */
export interface GenerateOptions {
  readonly like: 'berka' | 'wide'
  readonly directory: string
  readonly files: FileSystem
  readonly seed: number
  /** 1 is about the size of the original: 5,000 clients; for `wide` 100 rows per table. */
  readonly scale?: number
  /** Movements per account; only for `berka`. */
  readonly movementsPerAccount?: number
  readonly deliveries?: number
  readonly trouble?: Partial<Trouble>
}

/** What came of it. */
export interface GenerateReport extends WriteReport {
  readonly model: Model
  /** The file the model was written to. */
  readonly modelFile: string
}

const defaultMovements = 5

/** Writes `delivery-1`, `delivery-2`, … and `model.json` into a directory. */
export async function generate(options: GenerateOptions): Promise<GenerateReport> {
  const { like, directory, files, seed, scale = 1, deliveries = 1, trouble = {} } = options
  const generated =
    like === 'berka'
      ? berkaPlan({ seed, scale, movementsPerAccount: options.movementsPerAccount ?? defaultMovements })
      : widePlan({ seed, rowsPerTable: Math.max(1, Math.round(100 * scale)) })
  await files.makeDirectory(directory)
  const report = await writeDeliveries({
    generated,
    files,
    directory,
    seed,
    deliveries,
    trouble: { ...noTrouble, ...trouble },
  })
  const modelFile = `${directory}/model.json`
  const file = await files.open(modelFile, 'create')
  await file.write(new TextEncoder().encode(`${JSON.stringify(generated.model, null, 2)}\n`))
  await file.sync()
  await file.close()
  await files.syncDirectory(directory)
  return { ...report, model: generated.model, modelFile }
}
