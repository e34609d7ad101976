/** Manifests under encryption: what the storage beneath sees of a checkpoint, and what stands sealed inside of that. */
import { assert } from '../contracts/assert.js'
import type { CheckpointManifest, CheckpointPart, CheckpointRef } from '../contracts/checkpoint-storage.js'
import { TerminalError } from '../contracts/errors.js'
import type { Digest } from '../contracts/ports/digest.js'
import { decodeSlot, encodeSlot } from './manifest-codec.js'
import { readArray, readObject } from './field-reader.js'
import { packFrames, unpackFrames } from '../serde/frames.js'

/** How a part stands in the storage beneath. */
export interface SealedPart {
  readonly sizeBytes: number
  readonly sha256: string
  readonly keyId: string
}

/** What is sealed: the manifest with sizes and digests of the plain parts, and how each of them stands beneath. */
export interface SealedManifest {
  readonly manifest: CheckpointManifest
  /** In the order of the manifest's parts. */
  readonly parts: readonly SealedPart[]
}

/** The plain bytes that are to be sealed. */
export function encodeSealedManifest({ manifest, parts }: SealedManifest, digest: Digest): Uint8Array {
  assert(parts.length === manifest.parts.length, 'every part of a manifest is sealed')
  return packFrames([encodeSlot(manifest, digest), new TextEncoder().encode(JSON.stringify(parts))])
}

/** Takes {@link encodeSealedManifest} apart; undefined when it is not of this checkpoint. */
export function decodeSealedManifest(
  bytes: Uint8Array,
  ref: CheckpointRef,
  digest: Digest,
): SealedManifest | undefined {
  const [slot = new Uint8Array(), list = new Uint8Array()] = unpackFrames(bytes)
  const manifest = decodeSlot(ref.id, slot, digest)
  if (manifest.kind !== 'checkpoint' || manifest.madeBy !== ref.madeBy) return undefined
  const parts = readArray('parts', JSON.parse(new TextDecoder().decode(list)), (fields) => ({
    sizeBytes: fields.count('sizeBytes'),
    sha256: fields.string('sha256'),
    keyId: fields.string('keyId'),
  }))
  return parts.length === manifest.parts.length ? { manifest, parts } : undefined
}

/** What the storage beneath is told: names and sizes of files, nothing of operators and states. */
export function outerManifest(sealed: SealedManifest, sealedBytes: Uint8Array): CheckpointManifest {
  const { manifest, parts } = sealed
  return {
    ...manifest,
    operators: [],
    graphHash: '',
    parts: manifest.parts.map((part, index) => outerPart(part, parts[index])),
    extra: { encrypted: base64(sealedBytes) },
  }
}

/** A part as it stands beneath. */
export function outerPart(part: CheckpointPart, sealed: SealedPart | undefined): CheckpointPart {
  assert(sealed !== undefined, `the part ${part.name} was sealed before it is named`)
  const { name, origin } = part
  const outer = { name, sizeBytes: sealed.sizeBytes, sha256: sealed.sha256, uid: '', subtaskIndex: 0 }
  return origin === undefined ? { ...outer, kind: 'keyed' } : { ...outer, kind: 'keyed', origin }
}

/** The sealed bytes in a manifest; undefined when it is not encrypted. */
export function sealedBytesOf(manifest: CheckpointManifest): Uint8Array | undefined {
  const value = readObject('extra', manifest.extra).value('encrypted')
  return typeof value === 'string' ? Uint8Array.from(atob(value), (char) => char.charCodeAt(0)) : undefined
}

/**
 * Refuses a manifest that is still sealed: it would look like the checkpoint of a job without state.
 * @throws TerminalError `STREAMCORE_CONFIG`
 */
export function assertReadable(manifest: CheckpointManifest): void {
  if (sealedBytesOf(manifest) === undefined) return
  throw new TerminalError(
    'STREAMCORE_CONFIG',
    `Expected to be able to read checkpoint ${manifest.id} of job '${manifest.jobId}', but it is encrypted; give its keys: state: encryptedState(…, keyRing) (command line: --keys <file>)`,
    { details: { config: 'state', checkpointId: manifest.id } },
  )
}

function base64(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (let start = 0; start < bytes.length; start += 4_096)
    pieces.push(String.fromCharCode(...bytes.subarray(start, start + 4_096)))
  return btoa(pieces.join(''))
}
