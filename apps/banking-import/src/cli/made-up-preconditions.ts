/** The delivery that an import with `--scale` makes up where it finds an empty directory: nothing but preconditions. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { NodeFileSystem } from 'streamcore/node'
import { preconditionPlan } from '../generate/precondition-plan.js'
import { noTrouble, writeTables } from '../generate/write-deliveries.js'
import type { Model } from '../model/model.js'

/** How many there are. */
export const madeUp = { customers: 10_000, accounts: 500, seed: 1 }

/** Whether there is room for a delivery. */
export function isEmptyPlace(directory: string): boolean {
  return !existsSync(directory) || (statSync(directory).isDirectory() && readdirSync(directory).length === 0)
}

/** Fills an empty or missing directory, all at once: what a killed process has made of it stands beside it and is made anew. */
export async function makeUpPreconditions(directory: string): Promise<Model> {
  const target = resolve(directory)
  const unfinished = `${target}.unfinished`
  const generated = preconditionPlan(madeUp)
  const files = new NodeFileSystem()
  await rm(unfinished, { recursive: true, force: true })
  await writeTables({ generated, files, directory: unfinished, seed: madeUp.seed, trouble: noTrouble })
  await files.rename(unfinished, target)
  await files.syncDirectory(dirname(target))
  return generated.model
}
