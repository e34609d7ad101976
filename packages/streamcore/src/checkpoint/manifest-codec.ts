/** Slots and lines of the commit log as bytes: JSON under a SHA-256, read back with every field checked. */
import { assert } from '../contracts/assert.js'
import type {
  CheckpointManifest,
  CheckpointPart,
  CheckpointRef,
  CheckpointSlot,
  CommittedCheckpoint,
  OperatorManifest,
  SealedSlot,
} from '../contracts/checkpoint-storage.js'
import { messageOf, StreamcoreError } from '../contracts/errors.js'
import type { KeyGroupRange } from '../contracts/key-groups.js'
import type { Digest } from '../contracts/ports/digest.js'
import type { JsonValue } from '../contracts/source.js'
import type { DeclaredStateDescription, OperatorStateKind } from '../contracts/state/operator-state.js'
import type { StateKind } from '../contracts/state/state-descriptors.js'
import type { StateTtl } from '../contracts/state/state-ttl.js'
import { type FieldReader, readArray, readJson, readObject } from './field-reader.js'
import { isPartName } from './part-name.js'

/** More than any manifest needs; a longer one is damaged and must not fill the memory. */
export const manifestBytesMax: number = 64 * 1024 * 1024

const heading = 'streamcore-manifest 1 '
const digestLength = 64
const bodyStart = heading.length + digestLength + 1

/** The bytes of a slot. */
export function encodeSlot(slot: CheckpointManifest | SealedSlot, digest: Digest): Uint8Array {
  const bytes = seal(slot.kind === 'sealed' ? sealFields(slot) : manifestFields(slot), digest)
  assert(bytes.length <= manifestBytesMax, `a manifest is at most ${manifestBytesMax} bytes`)
  return bytes
}

/** What the slot `id` holds; never throws, because a damaged slot is an answer too. */
export function decodeSlot(id: number, bytes: Uint8Array, digest: Digest): CheckpointSlot {
  try {
    const fields = readObject('slot', unseal(bytes, digest))
    const slot = fields.string('kind') === 'sealed' ? readSeal(fields) : readManifest(fields)
    return slot.id === id ? slot : { kind: 'damaged', id, reason: `it holds the checkpoint ${slot.id}` }
  } catch (error) {
    return { kind: 'damaged', id, reason: messageOf(error) }
  }
}

/** The bytes of a line of the commit log. */
export function encodeCommit(commit: CommittedCheckpoint, digest: Digest): Uint8Array {
  const { id, madeBy, committedBy } = commit
  return seal({ kind: 'commit', id, madeBy, committedBy }, digest)
}

/** @throws StreamcoreError `STREAMCORE_CHECKPOINT_CORRUPT`; `place` says where the bytes came from */
export function decodeCommit(place: string, bytes: Uint8Array, digest: Digest): CommittedCheckpoint {
  try {
    const fields = readObject('commit', unseal(bytes, digest))
    fields.literal('kind', 'commit')
    return { ...readRef(fields), committedBy: fields.count('committedBy') }
  } catch (error) {
    throw new StreamcoreError(
      'STREAMCORE_CHECKPOINT_CORRUPT',
      `Expected a line of the commit log in ${place}, but ${messageOf(error)}; restore the file from a backup, or start a new lineage from a savepoint`,
      { cause: error, details: { path: place } },
    )
  }
}

function seal(fields: JsonValue, digest: Digest): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(fields))
  const head = new TextEncoder().encode(`${heading}${digest.sha256(body)}\n`)
  const bytes = new Uint8Array(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  return bytes
}

function unseal(bytes: Uint8Array, digest: Digest): unknown {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const body = bytes.subarray(bodyStart)
  const expected = `${heading}${digest.sha256(body)}\n`
  if (decoder.decode(bytes.subarray(0, bodyStart)) !== expected) {
    throw new StreamcoreError(
      'STREAMCORE_CHECKPOINT_CORRUPT',
      `its ${bytes.length} bytes do not match their SHA-256`,
    )
  }
  return JSON.parse(decoder.decode(body))
}

function sealFields(slot: SealedSlot): JsonValue {
  return { kind: 'sealed', id: slot.id, madeBy: slot.madeBy }
}

function manifestFields(manifest: CheckpointManifest): JsonValue {
  const { parent } = manifest
  return {
    kind: 'checkpoint',
    formatVersion: 1,
    jobId: manifest.jobId,
    id: manifest.id,
    madeBy: manifest.madeBy,
    parent: parent === undefined ? null : { id: parent.id, madeBy: parent.madeBy },
    createdMs: manifest.createdMs,
    graphHash: manifest.graphHash,
    operators: manifest.operators.map(operatorFields),
    parts: manifest.parts.map(partFields),
    isFinal: manifest.isFinal,
    extra: manifest.extra,
  }
}

function operatorFields(operator: OperatorManifest): JsonValue {
  const { uid, name, parallelism } = operator
  return { uid, name, parallelism, states: operator.states.map(stateFields) }
}

function stateFields(state: DeclaredStateDescription): JsonValue {
  const { name, kind, version, ttl } = state
  return {
    name,
    kind,
    version,
    ...(ttl === undefined ? {} : { ttl: { timeMs: ttl.timeMs, timeDomain: ttl.timeDomain } }),
  }
}

function partFields(part: CheckpointPart): JsonValue {
  const { name, sizeBytes, sha256, uid, subtaskIndex, kind, keyGroups, origin } = part
  return {
    name,
    sizeBytes,
    sha256,
    uid,
    subtaskIndex,
    kind,
    ...(keyGroups === undefined ? {} : { keyGroups: { start: keyGroups.start, end: keyGroups.end } }),
    ...(origin === undefined ? {} : { origin: { id: origin.id, madeBy: origin.madeBy } }),
  }
}

function readSeal(fields: FieldReader): SealedSlot {
  return { kind: 'sealed', ...readRef(fields) }
}

function readManifest(fields: FieldReader): CheckpointManifest {
  fields.literal('kind', 'checkpoint')
  const formatVersion = fields.count('formatVersion')
  if (formatVersion !== 1) {
    throw new StreamcoreError(
      'STREAMCORE_CHECKPOINT_CORRUPT',
      `it has format version ${formatVersion}, but this program reads version 1 only`,
    )
  }
  const parent = fields.value('parent')
  return {
    kind: 'checkpoint',
    formatVersion: 1,
    jobId: fields.string('jobId'),
    ...readRef(fields),
    parent: parent === null ? undefined : readRef(readObject('parent', parent)),
    createdMs: fields.number('createdMs'),
    graphHash: fields.string('graphHash'),
    operators: readArray('operators', fields.value('operators'), readOperator),
    parts: readArray('parts', fields.value('parts'), readPart),
    isFinal: fields.boolean('isFinal'),
    extra: readJson('extra', fields.value('extra')),
  }
}

function readRef(fields: FieldReader): CheckpointRef {
  return { id: fields.count('id'), madeBy: fields.count('madeBy') }
}

function readOperator(fields: FieldReader): OperatorManifest {
  return {
    uid: fields.string('uid'),
    name: fields.string('name'),
    parallelism: fields.count('parallelism'),
    states: readArray('states', fields.value('states'), readState),
  }
}

const keyedKinds: readonly StateKind[] = ['value', 'list', 'map', 'reducing']
const operatorKinds: readonly OperatorStateKind[] = ['split-list', 'union-list', 'broadcast']

function readState(fields: FieldReader): DeclaredStateDescription {
  const [name, version, ttl] = [fields.string('name'), fields.count('version'), fields.value('ttl')]
  if (ttl === undefined)
    return { name, kind: fields.oneOf('kind', [...keyedKinds, ...operatorKinds]), version }
  return { name, kind: fields.oneOf('kind', keyedKinds), version, ttl: readTtl(readObject('ttl', ttl)) }
}

function readTtl(fields: FieldReader): StateTtl {
  return { timeMs: fields.number('timeMs'), timeDomain: fields.oneOf('timeDomain', ['event', 'processing']) }
}

function readPart(fields: FieldReader): CheckpointPart {
  const name = fields.string('name')
  if (!isPartName(name)) {
    throw new StreamcoreError('STREAMCORE_CHECKPOINT_CORRUPT', `${JSON.stringify(name)} is not a part's name`)
  }
  const part = {
    name,
    sizeBytes: fields.count('sizeBytes'),
    sha256: fields.string('sha256'),
    uid: fields.string('uid'),
    subtaskIndex: fields.count('subtaskIndex'),
    kind: fields.oneOf('kind', ['keyed', 'messages', 'operator', 'operator-state', 'pending']),
  }
  const keyGroups = fields.value('keyGroups')
  const origin = fields.value('origin')
  return {
    ...part,
    ...(keyGroups === undefined ? {} : { keyGroups: readKeyGroups(readObject('keyGroups', keyGroups)) }),
    ...(origin === undefined ? {} : { origin: readRef(readObject('origin', origin)) }),
  }
}

function readKeyGroups(fields: FieldReader): KeyGroupRange {
  return { start: fields.count('start'), end: fields.count('end') }
}
