/** An ordered key-value store with atomic batches: LevelDB and its simulated twin. Keys are ordered by their UTF-8 bytes. */
export interface KeyValueStore {
  get(key: string): Promise<Uint8Array | undefined>
  getSync(key: string): Uint8Array | undefined
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  /** Applies all operations or none; with `sync` they survive a power cut once resolved. After an error the store must not be used again. */
  batch(operations: readonly KeyValueOperation[], options: { readonly sync: boolean }): Promise<void>
  /** One page of entries in key order. */
  entries(range: KeyValueRange): Promise<readonly KeyValueEntry[]>
  close(): Promise<void>
}

/** One write of a batch. */
export type KeyValueOperation =
  | { readonly kind: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: string }

/** Which entries a page holds: from `gte` (inclusive) to `lt` (exclusive), at most `limit`. */
export interface KeyValueRange {
  readonly gte: string
  readonly lt: string
  readonly limit: number
  readonly reverse?: boolean
}

/** A stored pair. */
export interface KeyValueEntry {
  readonly key: string
  readonly value: Uint8Array
}
