/** The folder in which an import keeps what it needs to go on: log, checkpoints, embedded database, and a register of deliveries. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { StreamcoreError } from 'streamcore'
import type { ImportParams } from '../import-params.js'
import { type Model, parseModel } from '../model/model.js'

/** A delivery that was begun. */
export interface RegisteredDelivery {
  readonly number: number
  readonly directory: string
  /** Digest of its files. */
  readonly fingerprint: string
  /** Per topic and partition, where the log ended before it. */
  readonly startOffsets: Readonly<Record<string, readonly number[]>>
}

/** What the folder remembers. */
export interface ImportRegister {
  readonly model: Model
  /** The target held rows before the first delivery, and they were asked to be read first. */
  readonly hasBootstrap: boolean
  /** They have been read. */
  readonly isBootstrapDone: boolean
  /** Deliveries without versions of their own count from here: rows of the target are older. */
  readonly firstDelivery: number
  readonly deliveries: readonly RegisteredDelivery[]
  /** When records are handed over; absent: `none`. */
  readonly gate?: ImportParams['gate']
  /** Dead letters before this one have been redriven. */
  readonly redrivenLetters?: number
}

/** The folder. Only the process that has its log open writes the register. */
export class StateFolder {
  readonly path: string

  constructor(path: string) {
    this.path = resolve(path)
  }

  /** The folder of an import that has been run. @throws StreamcoreError `STREAMCORE_CONFIG` when there is none */
  static existing(path: string): StateFolder {
    const folder = new StateFolder(path)
    if (folder.readRegister() !== undefined) return folder
    throw new StreamcoreError(
      'STREAMCORE_CONFIG',
      `Expected --folder to be the folder of an import, but ${folder.path} holds none; import something with --folder ${path} first`,
      { details: { path: folder.path, config: 'folder' } },
    )
  }

  get log(): string {
    return join(this.path, 'log')
  }

  get database(): string {
    return join(this.path, 'database')
  }

  get checkpoints(): string {
    return join(this.path, 'checkpoints')
  }

  /** Working files of keyed state. */
  get working(): string {
    return join(this.path, 'working')
  }

  /** Rows that the target held before, kept for the comparison. */
  get rowsBefore(): string {
    return join(this.path, 'rows-before.jsonl')
  }

  /** What happened so far; undefined in a new folder. */
  readRegister(): ImportRegister | undefined {
    const path = this.#registerPath
    if (!existsSync(path)) return undefined
    const register: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (isRegister(register)) return { ...register, model: parseModel(register.model) }
    throw new StreamcoreError(
      'STREAMCORE_INPUT',
      `Expected ${path} to be the register of an import, got something else`,
      { details: { path } },
    )
  }

  /** Replaces the register as a whole: who dies here leaves the old one or the new one. */
  writeRegister(register: ImportRegister): void {
    mkdirSync(this.path, { recursive: true })
    const temporary = `${this.#registerPath}.new`
    const file = openSync(temporary, 'w', 0o600)
    writeSync(file, `${JSON.stringify(register, null, 2)}\n`)
    fsyncSync(file)
    closeSync(file)
    renameSync(temporary, this.#registerPath)
    const folder = openSync(this.path, 'r')
    fsyncSync(folder)
    closeSync(folder)
  }

  get #registerPath(): string {
    return join(this.path, 'import.json')
  }
}

function isRegister(value: unknown): value is ImportRegister {
  if (typeof value !== 'object' || value === null) return false
  return (
    'model' in value &&
    'hasBootstrap' in value &&
    typeof value.hasBootstrap === 'boolean' &&
    'isBootstrapDone' in value &&
    typeof value.isBootstrapDone === 'boolean' &&
    'firstDelivery' in value &&
    typeof value.firstDelivery === 'number' &&
    'deliveries' in value &&
    Array.isArray(value.deliveries)
  )
}
