/** The names in a simulated directory: as processes see them, and as they would be after a power loss. */
import type { Random } from '../contracts/ports/random.js'
import type { Inode } from './inode.js'

/** A change of names that is not durable yet. */
type NameChange =
  | { readonly kind: 'add'; readonly name: string; readonly inode: Inode }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'rename'; readonly name: string; readonly target: string; readonly inode: Inode }

/** Changes are durable once the directory is synced; until then a power loss keeps any of them. */
export class DirectoryEntries {
  #current = new Map<string, Inode>()
  readonly #durable = new Map<string, Inode>()
  #pending: NameChange[] = []

  get(name: string): Inode | undefined {
    return this.#current.get(name)
  }

  names(): readonly string[] {
    return [...this.#current.keys()]
  }

  add(name: string, inode: Inode): void {
    this.#change({ kind: 'add', name, inode })
  }

  remove(name: string): void {
    if (this.#current.has(name)) this.#change({ kind: 'remove', name })
  }

  /** Atomic also at a power loss. */
  rename(name: string, target: string, inode: Inode): void {
    this.#change({ kind: 'rename', name, target, inode })
  }

  sync(): void {
    for (const change of this.#pending) apply(change, this.#durable)
    this.#pending = []
  }

  /** Collects the files that are left into `survivors`. */
  losePower(random: Random, survivors: Set<Inode>): void {
    for (const change of survivingChanges(this.#pending, random)) apply(change, this.#durable)
    this.#pending = []
    this.#current = new Map(this.#durable)
    for (const inode of this.#durable.values()) survivors.add(inode)
  }

  #change(change: NameChange): void {
    this.#pending.push(change)
    apply(change, this.#current)
  }
}

/** A journal keeps a prefix; POSIX promises less than that, so any subset may survive too. */
function survivingChanges(pending: readonly NameChange[], random: Random): readonly NameChange[] {
  switch (random.below(4)) {
    case 0:
      return []
    case 1:
      return pending
    case 2:
      return pending.slice(0, random.below(pending.length + 1))
    default:
      return pending.filter(() => random.below(2) === 0)
  }
}

function apply(change: NameChange, names: Map<string, Inode>): void {
  switch (change.kind) {
    case 'add':
      names.set(change.name, change.inode)
      break
    case 'remove':
      names.delete(change.name)
      break
    case 'rename':
      names.delete(change.name)
      names.set(change.target, change.inode)
      break
  }
}
