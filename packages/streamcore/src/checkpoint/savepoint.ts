/** Savepoints: copies of a checkpoint in a storage of their own, which can be moved, kept, and restored by another version of the job. */
import type { CheckpointManifest, CheckpointRef, CheckpointStorage } from '../contracts/checkpoint-storage.js'
import { messageOf, StreamcoreError, TerminalError } from '../contracts/errors.js'
import { copyCheckpoint } from './copy-checkpoint.js'

/** A savepoint that was opened. */
export interface Savepoint {
  readonly storage: CheckpointStorage
  readonly manifest: CheckpointManifest
}

/** What a written savepoint is. */
export interface WrittenSavepoint extends CheckpointRef {
  readonly place: string
  readonly sizeBytes: number
  readonly parts: number
}

/** Where a savepoint is written. */
export interface SavepointTarget {
  readonly storage: CheckpointStorage
  /** For messages. */
  readonly place: string
}

/**
 * Copies a checkpoint into an empty storage. It is there as a whole or not at all: its slot is published last.
 * @throws StreamcoreError `STREAMCORE_CHECKPOINT_FAILED`; what was written until then is removed
 */
export async function writeSavepoint(
  from: CheckpointStorage,
  manifest: CheckpointManifest,
  to: SavepointTarget,
): Promise<WrittenSavepoint> {
  try {
    const { parts: _parts, ...target } = manifest
    const copy = await copyCheckpoint({ from, source: manifest, to: to.storage, target })
    if (copy === undefined) throw new Error('somebody else has written a savepoint there meanwhile')
    const sizeBytes = copy.parts.reduce((sum, part) => sum + part.sizeBytes, 0)
    return { id: copy.id, madeBy: copy.madeBy, place: to.place, sizeBytes, parts: copy.parts.length }
  } catch (error) {
    // Whether this succeeds or not: without a slot nobody takes the rest for a savepoint.
    await to.storage.remove(manifest).catch(() => {})
    throw new StreamcoreError(
      'STREAMCORE_CHECKPOINT_FAILED',
      `Expected to write checkpoint ${manifest.id} as a savepoint to ${to.place}, but ${messageOf(error)}; the job is not affected, try another folder`,
      { cause: error, details: { checkpointId: manifest.id, path: to.place } },
    )
  }
}

/**
 * The one checkpoint that a savepoint holds.
 * @throws TerminalError `STREAMCORE_CHECKPOINT_MISSING` or `STREAMCORE_CHECKPOINT_CORRUPT`
 */
export async function readSavepoint(storage: CheckpointStorage, place: string): Promise<Savepoint> {
  const slots = await storage.slots()
  const [slot] = slots
  if (slot === undefined || slots.length > 1) {
    const came = slot === undefined ? 'none: it was not written to its end' : `${slots.length} checkpoints`
    throw new TerminalError(
      'STREAMCORE_CHECKPOINT_MISSING',
      `Expected ${place} to hold one savepoint, got ${came}`,
      { details: { path: place } },
    )
  }
  if (slot.kind === 'checkpoint') return { storage, manifest: slot }
  const reason = slot.kind === 'damaged' ? slot.reason : 'its slot is only sealed'
  throw new TerminalError(
    'STREAMCORE_CHECKPOINT_CORRUPT',
    `Expected the savepoint in ${place} to be whole, but ${reason}; take another copy of it`,
    { details: { path: place, checkpointId: slot.id } },
  )
}
