/** The subtasks of one operator under test, routed as the runtime routes, with the chain of snapshots a checkpoint would hold. */
import { assert } from '../../contracts/assert.js'
import type { Key } from '../../contracts/key.js'
import { keyGroupRange, subtaskOfKeyGroup } from '../../contracts/key-groups.js'
import type { KeyGroupRange } from '../../contracts/key-groups.js'
import type {
  KeyedSnapshot,
  KeyedSnapshotKind,
  KeyedStateBackend,
} from '../../contracts/state/keyed-state-backend.js'
import { keyGroupOfKey } from '../../serde/key-bytes.js'
import { use } from './keyed-state-fixture.js'

/** A snapshot of one subtask. */
interface Writing {
  readonly snapshot: KeyedSnapshot
  readonly blocks: Uint8Array[]
}

/** Backends for all key groups, with what a test binds to each. */
export class KeyedCluster<S extends { readonly backend: KeyedStateBackend }> {
  readonly #open: (keyGroups: KeyGroupRange) => Promise<S>
  #subtasks: readonly S[] = []
  #checkpointId = 0
  #writing: readonly Writing[] = []
  /** Blocks of the last durable snapshots of each subtask, full ones first; empty until there is one. */
  #chains: readonly (readonly Uint8Array[])[] = []
  #isRestored = true

  constructor(open: (keyGroups: KeyGroupRange) => Promise<S>) {
    this.#open = open
  }

  /** Goes on with other subtasks, restored from the chains of the former ones. */
  async reopen(parallelism: number): Promise<void> {
    const blocks = this.#chains.flat()
    await this.close()
    const ranges = Array.from({ length: parallelism }, (_, index) => keyGroupRange(index, parallelism))
    this.#subtasks = await Promise.all(ranges.map((range) => this.#open(range)))
    this.#isRestored = true
    for (const { backend } of this.#subtasks) {
      for (const block of blocks) await backend.restoreBlock(block)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#subtasks.map(({ backend }) => backend.close()))
    this.#writing = []
  }

  get subtasks(): readonly S[] {
    return this.#subtasks
  }

  async ownerOf(key: Key): Promise<S> {
    const owner = this.#subtasks[subtaskOfKeyGroup(keyGroupOfKey(key), this.#subtasks.length)]
    assert(owner !== undefined, 'every key group has an owner')
    await use(owner, key)
    return owner
  }

  /** A delta is asked for only when these very subtasks have a durable snapshot. */
  snapshot(kind: KeyedSnapshotKind): void {
    this.#checkpointId++
    this.#writing = this.#subtasks.map(({ backend }) => ({
      snapshot: backend.snapshot(this.#checkpointId, this.#isRestored ? 'full' : kind),
      blocks: [],
    }))
  }

  /** True once every subtask is done. */
  async slice(entries: number): Promise<boolean> {
    for (const { snapshot } of this.#writing) await snapshot.waitsFor()
    const areDone = this.#writing.map(({ snapshot }) => snapshot.writeSlice(entries))
    for (const { snapshot, blocks } of this.#writing) blocks.push(...snapshot.takeBlocks())
    return areDone.every((isDone) => isDone)
  }

  /** The snapshot that was written is part of a durable checkpoint. */
  durable(): void {
    for (const { backend } of this.#subtasks) backend.snapshotDurable(this.#checkpointId)
    this.#chains = this.#writing.map(({ snapshot, blocks }, index) =>
      snapshot.kind === 'full' ? blocks : [...(this.#chains[index] ?? []), ...blocks],
    )
    this.#isRestored = false
  }

  /** Its checkpoint has failed, whether it was written or not. */
  failed(): void {
    this.abort()
    for (const { backend } of this.#subtasks) backend.snapshotFailed(this.#checkpointId)
  }

  abort(): void {
    for (const { snapshot } of this.#writing) snapshot.abort()
  }
}
