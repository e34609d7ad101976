/** Messages an operator has sent to itself, as keyed blocks, so that they follow their keys when a job is rescaled. */
import type { Key } from '../contracts/key.js'
import type { KeyGroupRange } from '../contracts/key-groups.js'
import { decodeKeyedBlock, rowsOfKeyGroups } from './block.js'
import { KeyedBlockWriter } from './block-writer.js'
import { keyGroupOfKey } from './key-bytes.js'

/** A message and the key it is for. */
export interface StoredMessage {
  readonly key: Key
  readonly message: unknown
}

/** Blocks of the section `messages`; messages of one key keep their order. */
export function encodeMessageBlocks(uid: string, messages: readonly StoredMessage[]): readonly Uint8Array[] {
  const columns = [{ name: 'message', kind: 'message', version: 1 }]
  const writer = new KeyedBlockWriter({ section: 'messages', columns, uid })
  for (const { key, message } of messages) writer.add(keyGroupOfKey(key), key, [message])
  writer.flush()
  return writer.takeBlocks()
}

/** The messages of a block for keys of these groups, in order. */
export function decodeMessageBlock(bytes: Uint8Array, keyGroups: KeyGroupRange): readonly StoredMessage[] {
  const block = decodeKeyedBlock(bytes)
  const { start, end } = rowsOfKeyGroups(block, keyGroups)
  const messages = block.cells[0] ?? []
  return block.keys.slice(start, end).map((key, index) => ({ key, message: messages[start + index] }))
}
