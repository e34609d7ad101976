/** Names of parts as they stand in storages: they come from code, but a path made of them must never leave its folder. */
import { assert } from '../contracts/assert.js'
import type { CheckpointManifest, CheckpointPart, CheckpointRef } from '../contracts/checkpoint-storage.js'
import { StreamcoreError } from '../contracts/errors.js'
import type { Digest } from '../contracts/ports/digest.js'
import type { StoredPart } from './part-references.js'

/** File systems allow 255 bytes; the numbers before the name take up to 34. */
const nameLengthMax = 200

/** Whether a part can be stored under this name in every storage. */
export function isPartName(name: string): boolean {
  return name.length <= nameLengthMax && /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name)
}

/** Fails when a part cannot be stored under this name. */
export function assertPartName(name: string): void {
  assert(
    isPartName(name),
    `a part's name is made of letters, digits, -, _ and ., at most ${nameLengthMax} of them: ${name}`,
  )
}

/** Fails unless every part of the manifest was written before, under a name of its own and in full, and is still there. */
export function assertWrittenParts(
  manifest: CheckpointManifest,
  sizeOf: (part: StoredPart) => number | undefined,
): void {
  const names = new Set(manifest.parts.map((part) => part.name))
  assert(names.size === manifest.parts.length, 'parts of a checkpoint have different names')
  for (const { name, origin, sizeBytes } of manifest.parts) {
    const found = sizeOf({ ref: origin ?? manifest, name })
    assert(found === sizeBytes, `the part ${name} was written before it is published`)
  }
}

/** Passes the bytes on when they are what the manifest says. */
export function verifiedPart(
  ref: CheckpointRef,
  part: CheckpointPart,
  bytes: Uint8Array,
  digest: Digest,
): Uint8Array {
  if (bytes.length !== part.sizeBytes) throw damagedPart(ref, part, `it has ${bytes.length} bytes`)
  if (digest.sha256(bytes) !== part.sha256) throw damagedPart(ref, part, 'its SHA-256 is another')
  return bytes
}

/** The error of a part that is missing or is not what the manifest says. */
export function damagedPart(ref: CheckpointRef, part: CheckpointPart, found: string): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_CHECKPOINT_CORRUPT',
    `Expected the part ${part.name} of checkpoint ${ref.id} (made by ${ref.madeBy}) to have ${part.sizeBytes} bytes with SHA-256 ${part.sha256}, but ${found}; the checkpoint is lost: restore an older savepoint`,
    { details: { checkpointId: ref.id, uid: part.uid, subtaskIndex: part.subtaskIndex } },
  )
}
