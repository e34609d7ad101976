/** The keys that encrypt state: the newest one writes, all of them read. */
import { readFile } from 'node:fs/promises'
import { messageOf, TerminalError } from '../../contracts/errors.js'

/** A key with the name that stands in what it has encrypted. */
export interface EncryptionKey {
  readonly id: string
  /** 32 bytes. */
  readonly bytes: Uint8Array
}

/** Gives keys each time they are needed, so that a rotation reaches a running job. */
export interface KeyRing {
  /** The key that encrypts from now on. */
  newest(): Promise<EncryptionKey>
  /** Undefined when it is not there any more. */
  find(id: string): Promise<EncryptionKey | undefined>
}

/** Keys in memory, the newest last. */
export function keyRing(keys: readonly EncryptionKey[]): KeyRing {
  const checked = checkedKeys(keys, 'the key ring')
  return ringOf(async () => checked)
}

/**
 * Keys in a JSON file, read whenever one is needed: `{"keys":[{"id":"2026-01","key":"<32 bytes as base64>"}]}`, the newest
 * last. To rotate, add a key to the file; to retire one, wait until `streamcore state list` no longer names it.
 */
export function keyRingFile(path: string): KeyRing {
  return ringOf(async () => checkedKeys(await keysIn(path), path))
}

function ringOf(keys: () => Promise<readonly EncryptionKey[]>): KeyRing {
  return {
    newest: async () => {
      const newest = (await keys()).at(-1)
      if (newest === undefined) throw refusal('the key ring', 'at least one key', 'none')
      return newest
    },
    find: async (id) => (await keys()).find((key) => key.id === id),
  }
}

async function keysIn(path: string): Promise<readonly EncryptionKey[]> {
  let parsed: unknown
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    // The message of the parser would quote the file.
    const came = error instanceof SyntaxError ? 'something that is no JSON' : messageOf(error)
    throw refusal(path, 'a JSON file with `keys`', came)
  }
  const keys: unknown =
    typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'keys') : undefined
  if (!Array.isArray(keys)) throw refusal(path, 'a JSON file with `keys`, a list', typeof keys)
  return keys.map((each: unknown, index) => keyOf(each, `${path}, key ${index + 1}`))
}

function keyOf(value: unknown, place: string): EncryptionKey {
  const fields = typeof value === 'object' && value !== null ? value : {}
  const id: unknown = Reflect.get(fields, 'id')
  const key: unknown = Reflect.get(fields, 'key')
  if (typeof id !== 'string' || typeof key !== 'string')
    throw refusal(place, '`id` and `key`, both texts', 'something else')
  return { id, bytes: Buffer.from(key, 'base64') }
}

function checkedKeys(keys: readonly EncryptionKey[], place: string): readonly EncryptionKey[] {
  const ids = new Set<string>()
  for (const { id, bytes } of keys) {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(id))
      throw refusal(place, "key ids of 1 to 64 letters, digits, '-', '_' or '.'", 'another')
    if (bytes.length !== 32) throw refusal(`${place}, key '${id}'`, '32 bytes', `${bytes.length}`)
    if (ids.has(id)) throw refusal(place, 'every id once', `'${id}' twice`)
    ids.add(id)
  }
  if (keys.length === 0) throw refusal(place, 'at least one key', 'none')
  return keys
}

function refusal(place: string, expected: string, came: string): TerminalError {
  return new TerminalError('STREAMCORE_CONFIG', `Expected ${place} to hold ${expected}, got ${came}`, {
    details: { config: 'keys' },
  })
}
