/** Undelivered messages of an operator to itself, as blocks of a checkpoint. */
import { StreamcoreError } from '../contracts/errors.js'
import type { Key } from '../contracts/key.js'
import type { KeyGroupRange } from '../contracts/key-groups.js'
import { type BlockColumn, decodeKeyedBlock, rowsOfKeyGroups } from '../serde/block.js'
import { KeyedBlockWriter } from '../serde/block-writer.js'
import { keyGroupOfKey } from '../serde/key-bytes.js'
import { stored } from '../serde/stored-value.js'

/** A message that waits for its key. */
export interface KeyedMessage<M> {
  readonly key: Key
  readonly message: M
}

const columns: readonly BlockColumn[] = [{ name: 'content', kind: 'message', version: 1 }]

/**
 * Packs messages into blocks. Messages of one key keep their order within and across the blocks, so blocks must be
 * decoded in the order in which they were made.
 */
export function writeMessageBlocks<M>(
  messages: readonly KeyedMessage<M>[],
  options: { readonly uid: string; readonly rowsPerBlock?: number },
): readonly Uint8Array[] {
  const writer = new KeyedBlockWriter({ section: 'messages', columns, ...options })
  for (const { key, message } of messages) writer.add(keyGroupOfKey(key), key, [message])
  writer.flush()
  return writer.takeBlocks()
}

/** The messages of a block whose keys lie in the given key groups. */
export function decodeMessageBlock<M>(
  bytes: Uint8Array,
  keyGroups: KeyGroupRange,
): readonly KeyedMessage<M>[] {
  const block = decodeKeyedBlock(bytes)
  const contents = block.cells[0]
  if (block.section !== 'messages' || contents === undefined) {
    throw new StreamcoreError(
      'STREAMCORE_CHECKPOINT_CORRUPT',
      `Expected a block of messages, got one of section "${block.section}"`,
    )
  }
  const { start, end } = rowsOfKeyGroups(block, keyGroups)
  const messages: KeyedMessage<M>[] = []
  for (let row = start; row < end; row++) {
    messages.push({ key: block.keys[row]!, message: stored<M>(contents[row]) })
  }
  return messages
}
