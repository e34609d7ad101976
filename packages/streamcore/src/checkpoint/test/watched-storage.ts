/** A storage in memory that tells what is asked of it, and fails or waits on demand. */
import type { CheckpointRef } from '../../contracts/checkpoint-storage.js'
import { StreamcoreError } from '../../contracts/errors.js'
import { simulatedDigest } from '../../testing/simulated-digest.js'
import { MemoryCheckpointStorage } from '../memory-checkpoint-storage.js'

/** Notes every call, in order, and fails the one it is told to. */
export class WatchedStorage extends MemoryCheckpointStorage {
  readonly calls: string[]
  failing: 'writePart' | 'publish' | undefined
  /** Writes of parts wait for it. */
  held: Promise<void> = Promise.resolve()

  constructor(calls: string[]) {
    super(simulatedDigest)
    this.calls = calls
  }

  override async writePart(ref: CheckpointRef, name: string, bytes: Uint8Array): Promise<void> {
    await this.held
    if (this.failing === 'writePart') throw new StreamcoreError('STREAMCORE_IO', 'no space left')
    this.calls.push(`write ${ref.id}`)
    await super.writePart(ref, name, bytes)
  }

  override async publish(...args: Parameters<MemoryCheckpointStorage['publish']>): Promise<boolean> {
    if (this.failing === 'publish') throw new StreamcoreError('STREAMCORE_IO', 'the outcome is unknown')
    this.calls.push(`publish ${args[0].id}`)
    return await super.publish(...args)
  }

  override async recordCommit(...args: Parameters<MemoryCheckpointStorage['recordCommit']>): Promise<void> {
    this.calls.push(`record ${args[0].id}`)
    await super.recordCommit(...args)
  }

  override async remove(ref: CheckpointRef): Promise<void> {
    this.calls.push(`remove ${ref.id}`)
    await super.remove(ref)
  }
}
