/** Gives deliveries their numbers: the same files again are the same delivery, whatever happened to the first attempt. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { PartitionedLog } from 'streamcore'
import type { Model } from '../model/model.js'
import type { ImportRegister, RegisteredDelivery, StateFolder } from './state-folder.js'

/**
 * Registers a delivery before its first record is produced. Files equal to those of the latest delivery are that delivery:
 * the attempt that broke off, or the command that was typed twice.
 */
export async function registerDelivery(
  folder: StateFolder,
  register: ImportRegister,
  { log, directory }: { readonly log: PartitionedLog; readonly directory: string },
): Promise<{ readonly register: ImportRegister; readonly delivery: RegisteredDelivery }> {
  const fingerprint = await fingerprintOf(register.model, directory)
  const latest = register.deliveries.at(-1)
  if (latest?.fingerprint === fingerprint) return { register, delivery: latest }
  const delivery = {
    number: (latest?.number ?? register.firstDelivery - 1) + 1,
    directory: resolve(directory),
    fingerprint,
    startOffsets: await endsOf(register.model, log),
  }
  const next = { ...register, deliveries: [...register.deliveries, delivery] }
  folder.writeRegister(next)
  return { register: next, delivery }
}

/** Registers dead letters that are put back as a delivery; after a crash the same letters are the same delivery. */
export async function registerRedrive(
  folder: StateFolder,
  {
    log,
    model,
    from,
    to,
  }: { readonly log: PartitionedLog; readonly model: Model; readonly from: number; readonly to: number },
): Promise<{ readonly register: ImportRegister; readonly delivery: RegisteredDelivery }> {
  const known = folder.readRegister()
  const register = known ?? {
    model,
    hasBootstrap: false,
    isBootstrapDone: false,
    firstDelivery: 1,
    deliveries: [],
  }
  const fingerprint = `dead letters ${from} to ${to}`
  const latest = register.deliveries.at(-1)
  if (latest?.fingerprint === fingerprint) return { register, delivery: latest }
  const number = (latest?.number ?? register.firstDelivery - 1) + 1
  const delivery = { number, directory: folder.path, fingerprint, startOffsets: await endsOf(model, log) }
  const next = { ...register, model, deliveries: [...register.deliveries, delivery] }
  folder.writeRegister(next)
  return { register: next, delivery }
}

/** Whether a directory has at least one file of the model. */
export function holdsFiles({ entities }: Model, directory: string): boolean {
  return entities.some(({ file, deleteFile }) =>
    [file, deleteFile].some((name) => existsSync(join(directory, name))),
  )
}

/** SHA-256 over the names and bytes of a delivery's files. */
export async function fingerprintOf(model: Model, directory: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of model.entities.flatMap(({ file, deleteFile }) => [file, deleteFile])) {
    const path = join(directory, name)
    if (!existsSync(path)) continue
    hash.update(`${name}\0`)
    for await (const chunk of createReadStream(path)) hash.update(chunk)
  }
  return hash.digest('hex')
}

async function endsOf(model: Model, log: PartitionedLog): Promise<RegisteredDelivery['startOffsets']> {
  const ends: Record<string, readonly number[]> = {}
  for (const { topic } of model.entities) {
    const partitions = (await log.partitionCount(topic)) ?? 0
    const numbers: number[] = []
    for (let partition = 0; partition < partitions; partition += 1)
      numbers.push((await log.offsets(topic, partition)).end)
    ends[topic] = numbers
  }
  return ends
}
