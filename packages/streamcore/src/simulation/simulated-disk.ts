/** A disk of the simulated world: what POSIX does not promise to keep, a power loss takes away. */
import { StreamcoreError } from '../contracts/errors.js'
import type { FileSystem } from '../contracts/ports/file-system.js'
import type { Incarnation } from './incarnation.js'
import { DirectoryEntries } from './directory-entries.js'
import { type CallEffects, type DiskCall, type DiskFault, ioError, nameOf, parentOf } from './disk-call.js'
import type { Inode } from './inode.js'
import { SimulatedFileSystem } from './simulated-file-system.js'
import type { SimulatedWorld } from './simulated-world.js'

/** Options of {@link SimulatedDisk}. */
export interface SimulatedDiskOptions {
  /** Each way of a call takes up to so long; 3 unless told. */
  readonly latencyMsMax?: number
  /** How likely a call that was under way when its process was killed takes effect later, as on a network file system. */
  readonly lateChance?: number
  readonly lateMsMax?: number
  /** How likely any call fails. */
  readonly faultChance?: number
}

/** Files that outlive processes. Every incarnation gets its own {@link FileSystem} over them. */
export class SimulatedDisk {
  readonly world: SimulatedWorld
  /** Called before a call takes effect; may kill, cut the power, or give a fault. */
  beforeCall: ((call: DiskCall) => DiskFault | undefined) | undefined
  /** Called when a call has taken effect, before its process hears of it. */
  afterCall: ((call: DiskCall) => void) | undefined
  readonly #options: SimulatedDiskOptions
  readonly #directories = new Map<string, DirectoryEntries>()
  #callCount = 0

  constructor(world: SimulatedWorld, options: SimulatedDiskOptions = {}) {
    this.world = world
    this.#options = options
    this.#directories.set('', new DirectoryEntries())
    world.onPowerLoss(() => this.#losePower())
  }

  get callCount(): number {
    return this.#callCount
  }

  /** The disk as one process reaches it. */
  fileSystem(incarnation: Incarnation): FileSystem {
    return new SimulatedFileSystem(this, incarnation)
  }

  /** Sends a call to the disk in the name of a process. `partly` is what a failing call may still have done. */
  call<T>(incarnation: Incarnation, call: Omit<DiskCall, 'number'>, effects: CallEffects<T>): Promise<T> {
    const { latencyMsMax = 3, lateChance = 0, lateMsMax = 0 } = this.#options
    return incarnation.request(() => this.#apply(incarnation, call, effects), {
      latencyMsMax,
      lateChance,
      lateMsMax,
    })
  }

  directory(path: string): DirectoryEntries | undefined {
    return this.#directories.get(path)
  }

  /** Creates a directory with its parents. Directories survive from the beginning, as the port promises. */
  makeDirectory(path: string): void {
    for (let end = path.indexOf('/', 1); end !== -1; end = path.indexOf('/', end + 1)) {
      this.#addDirectory(path.slice(0, end))
    }
    this.#addDirectory(path)
  }

  /** Names of the directories in a directory. */
  directoriesIn(path: string): readonly string[] {
    const children = [...this.#directories.keys()].filter((each) => each !== '' && parentOf(each) === path)
    return children.map((child) => nameOf(child))
  }

  /** The content of a file as processes see it now; for oracles. */
  peek(path: string): Uint8Array | undefined {
    return this.#directories.get(parentOf(path))?.get(nameOf(path))?.content()
  }

  /** All files with their paths, sorted; for oracles. */
  paths(): readonly string[] {
    const paths = [...this.#directories].flatMap(([directory, entries]) =>
      entries.names().map((name) => (directory === '' ? name : `${directory}/${name}`)),
    )
    return paths.sort()
  }

  /** Changes a file behind everyone's back, as a failing disk does. */
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const inode = this.#directories.get(parentOf(path))?.get(nameOf(path))
    if (!inode) throw new StreamcoreError('STREAMCORE_SIMULATION', `There is no file ${path} to damage`)
    inode.replaceDurably(change(inode.content()))
  }

  #apply<T>(incarnation: Incarnation, call: Omit<DiskCall, 'number'>, effects: CallEffects<T>): T {
    this.#callCount += 1
    const numbered: DiskCall = { number: this.#callCount, operation: call.operation, path: call.path }
    const wasAlive = isAlive(incarnation)
    const fault = this.beforeCall?.(numbered) ?? this.#drawFault()
    // The hook cut the process off before its call took effect; nobody hears this error.
    if (wasAlive && !isAlive(incarnation)) throw ioError(call, 'the process died')
    if (fault) {
      effects.partly?.()
      throw ioError(call, fault)
    }
    const value = effects.apply()
    this.afterCall?.(numbered)
    return value
  }

  #drawFault(): DiskFault | undefined {
    if (!this.world.chance(this.#options.faultChance ?? 0)) return undefined
    return this.world.random.below(2) === 0 ? 'EIO' : 'ENOSPC'
  }

  #addDirectory(path: string): void {
    if (!this.#directories.has(path)) this.#directories.set(path, new DirectoryEntries())
  }

  #losePower(): void {
    const inodes = new Set<Inode>()
    for (const entries of this.#directories.values()) entries.losePower(this.world.random, inodes)
    for (const inode of inodes) inode.losePower(this.world.random)
  }
}

function isAlive(incarnation: Incarnation): boolean {
  return incarnation.state !== 'dead'
}
