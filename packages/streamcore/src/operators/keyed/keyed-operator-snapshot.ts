/** A keyed operator's share of a checkpoint: state and timers copy-on-write, messages and watermark as they were. */
import type { KeyedSnapshot } from '../../contracts/state/keyed-state-backend.js'
import { encodeMessageBlocks, type StoredMessage } from '../../serde/message-blocks.js'
import { packFrames } from '../../serde/frames.js'
import { encodeValue } from '../../serde/value-codec.js'
import type { OperatorSnapshot, OperatorTime, SnapshotPiece } from '../stream-operator.js'

/** Blocks are gathered into pieces of about this size: a big state becomes few files, and no piece takes long to hash. */
const pieceSizeBytes = 1_024 * 1_024

/** What the operator hands over at the barrier. */
export interface KeyedOperatorSnapshotOptions {
  readonly uid: string
  readonly keyed: KeyedSnapshot
  readonly messages: readonly StoredMessage[]
  readonly watermarkMs: number
  /** Told of each piece of keyed state. */
  readonly onWritten: (sizeBytes: number) => void
}

/** The running snapshot of a keyed operator. */
export class KeyedOperatorSnapshot implements OperatorSnapshot {
  readonly #keyed: KeyedSnapshot
  readonly #onWritten: (sizeBytes: number) => void
  readonly #pieces: SnapshotPiece[] = []
  #blocks: Uint8Array[] = []
  #blockBytes = 0

  constructor(options: KeyedOperatorSnapshotOptions) {
    this.#keyed = options.keyed
    this.#onWritten = options.onWritten
    const state: OperatorTime = { watermarkMs: options.watermarkMs }
    this.#pieces.push({
      kind: 'operator',
      bytes: encodeValue(state, { what: 'operator state', uid: options.uid }),
    })
    // Messages are few and bounded; they are encoded at the barrier, and all of them each time.
    const messages = encodeMessageBlocks(options.uid, options.messages)
    if (messages.length > 0) this.#pieces.push({ kind: 'messages', bytes: packFrames(messages) })
    // Even a delta of nothing says that the parts before it still count.
    if (this.#isDelta) this.#pieces.push({ kind: 'keyed', bytes: new Uint8Array(), isDelta: true })
  }

  writeSlice(maxEntries: number): boolean {
    const isDone = this.#keyed.writeSlice(maxEntries)
    this.#add(this.#keyed.takeBlocks())
    if (isDone) this.#flush()
    return isDone
  }

  waitsFor(): Promise<void> | undefined {
    return this.#keyed.waitsFor()
  }

  takePieces(): readonly SnapshotPiece[] {
    return this.#pieces.splice(0)
  }

  abort(): void {
    this.#keyed.abort()
  }

  get #isDelta(): boolean {
    return this.#keyed.kind === 'delta'
  }

  #add(blocks: readonly Uint8Array[]): void {
    for (const block of blocks) {
      this.#blocks.push(block)
      this.#blockBytes += block.length
      if (this.#blockBytes >= pieceSizeBytes) this.#flush()
    }
  }

  #flush(): void {
    if (this.#blocks.length === 0) return
    this.#pieces.push({ kind: 'keyed', bytes: packFrames(this.#blocks), isDelta: this.#isDelta })
    this.#onWritten(this.#blockBytes)
    this.#blocks = []
    this.#blockBytes = 0
  }
}
