/** Messages an operator sends to itself: first in, first out; part of the snapshot. */
import { assert } from '../../contracts/assert.js'
import type { StoredMessage } from '../../serde/message-blocks.js'

/** Pending messages from which new elements wait. One running call may exceed it. */
export const maxPendingMessages = 10_000

/** A queue whose removal costs no copying. */
export class MessageQueue {
  #messages: StoredMessage[] = []
  #head = 0

  get length(): number {
    return this.#messages.length - this.#head
  }

  push(message: StoredMessage): void {
    this.#messages.push(message)
  }

  shift(): StoredMessage {
    const message = this.#messages[this.#head]
    assert(message !== undefined, 'shift is called on a queue that holds messages')
    this.#head++
    if (this.#head >= 1_024 && this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head)
      this.#head = 0
    }
    return message
  }

  /** A copy, for a snapshot. */
  pending(): readonly StoredMessage[] {
    return this.#messages.slice(this.#head)
  }
}
