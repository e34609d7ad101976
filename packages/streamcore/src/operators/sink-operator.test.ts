// Tests of the sink operator: which output belongs to which checkpoint.
import { describe, expect, it } from 'vitest'
import type { SinkWriter } from '../contracts/sink.js'
import { decodeCommittables } from '../serde/committables.js'
import { SinkOperator } from './sink-operator.js'
import type { OperatorSnapshot } from './stream-operator.js'
import { operatorContext } from './test/recording-input.js'

/** Hands over what was written; on demand only later, or with a failure. */
class TestWriter implements SinkWriter<unknown, unknown> {
  #written: unknown[] = []
  wait: Promise<void> | undefined

  write(value: unknown): void {
    if (value === 'bad') throw new Error('can not be written')
    this.#written.push(value)
  }

  prepareCommit(): Promise<readonly unknown[]> | readonly unknown[] {
    const prepared = this.#written
    this.#written = []
    return this.wait === undefined ? prepared : this.wait.then(() => prepared)
  }

  pendingBytes(): number {
    return this.#written.length
  }

  async close(): Promise<void> {}
}

function sink(isTransactional = true): { readonly operator: SinkOperator; readonly writer: TestWriter } {
  const writer = new TestWriter()
  return {
    writer,
    operator: new SinkOperator({ context: operatorContext(), uid: 'out', writer, isTransactional }),
  }
}

async function stored(snapshot: OperatorSnapshot): Promise<readonly unknown[]> {
  const pieces = await snapshot.takePieces()
  return pieces.flatMap(({ bytes }) => decodeCommittables(bytes))
}

describe('SinkOperator', () => {
  it('puts what was written between two barriers into the checkpoint of the second one', async () => {
    const { operator } = sink()
    operator.processElement(1, 0)
    const first = operator.snapshot(1)
    operator.processElement(2, 0)
    expect(await first.committables).toEqual([1])
    expect(await stored(first)).toEqual([1])
    operator.checkpointCommitted(1)
    expect(await operator.snapshot(2).committables).toEqual([2])
  })

  it('adds the output of a failed checkpoint to the next one', async () => {
    const { operator } = sink()
    operator.processElement(1, 0)
    operator.snapshot(1).abort()
    operator.processElement(2, 0)
    const second = operator.snapshot(2)
    expect(await second.committables).toEqual([1, 2])
    expect(await stored(second)).toEqual([1, 2])
    operator.checkpointCommitted(2)
    expect(await operator.snapshot(3).committables).toEqual([])
  })

  it('keeps the order also when an earlier barrier is slower to flush', async () => {
    const { operator, writer } = sink()
    let flush = () => {}
    writer.wait = new Promise((resolve) => {
      flush = resolve
    })
    operator.processElement(1, 0)
    operator.snapshot(1).abort()
    writer.wait = undefined
    operator.processElement(2, 0)
    const second = operator.snapshot(2)
    flush()
    expect(await second.committables).toEqual([1, 2])
  })

  it('fails the next checkpoint too when a flush has failed', async () => {
    const { operator, writer } = sink()
    writer.wait = Promise.reject(new Error('disk full'))
    operator.snapshot(1).abort()
    writer.wait = undefined
    await expect(operator.snapshot(2).committables).rejects.toThrow('disk full')
  })

  it('counts output until it is committed', () => {
    const { operator } = sink()
    operator.processElement(1, 0)
    operator.snapshot(1)
    operator.processElement(2, 0)
    expect(operator.pendingBytes()).toBe(2)
    operator.checkpointCommitted(1)
    expect(operator.pendingBytes()).toBe(1)
  })

  it('stores nothing for a sink that does not commit', async () => {
    const { operator } = sink(false)
    operator.processElement(1, 0)
    expect(await stored(operator.snapshot(1))).toEqual([])
  })

  it('says which record could not be written', () => {
    expect(() => sink().operator.processElement('bad', 0)).toThrow(
      /can not be written \(in write of operator 'under-test'/,
    )
  })
})
