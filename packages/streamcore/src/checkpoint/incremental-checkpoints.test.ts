// Tests of what the coordinator makes of deltas: which parts a manifest refers to, and what of them stays.
import { describe, expect, it } from 'vitest'
import { owner, startCoordinator as start } from './test/started-coordinator.js'

describe('incremental checkpoints', () => {
  /** Bytes 1 are a full snapshot; others are a delta. */
  async function run(...sizes: readonly number[]) {
    const started = await start({ retained: 1 })
    const { coordinator } = started
    for (const [index, size] of sizes.entries()) {
      const work = coordinator.checkpoint({ isFinal: false })
      const isDelta = size !== 1
      if (isDelta) coordinator.piece(index + 1, owner, { kind: 'keyed', bytes: new Uint8Array(), isDelta })
      const bytes = new Uint8Array(size)
      if (size > 0) coordinator.piece(index + 1, owner, { kind: 'keyed', bytes, isDelta })
      coordinator.piece(index + 1, owner, { kind: 'messages', bytes: Uint8Array.of(1, 2) })
      coordinator.acknowledge(index + 1)
      await work
    }
    const [slot] = await started.storage.slots()
    if (slot?.kind !== 'checkpoint') throw new Error('A checkpoint was published')
    const parts = slot.parts.map(({ kind, sizeBytes, origin }) => [kind, sizeBytes, origin?.id])
    return { ...started, slot, parts }
  }

  it('refer to the keyed parts before them, in order, and keep these from being removed', async () => {
    const { parts, storage, slot } = await run(1, 20, 30)
    expect(parts).toEqual([
      ['keyed', 1, 1],
      ['keyed', 20, 2],
      ['keyed', 30, undefined],
      ['messages', 2, undefined],
    ])
    for (const part of slot.parts) await storage.readPart(slot, part)
  })

  it('go on with the chain although nothing has changed', async () => {
    const { parts } = await run(1, 20, 0)
    expect(parts).toEqual([
      ['keyed', 1, 1],
      ['keyed', 20, 2],
      ['messages', 2, undefined],
    ])
  })

  it('end with a full one', async () => {
    const { parts } = await run(1, 20, 1)
    expect(parts).toEqual([
      ['keyed', 1, undefined],
      ['messages', 2, undefined],
    ])
  })

  it('say what they wrote themselves, and how long the tasks stood still', async () => {
    const { coordinator, answer } = await run(1)
    const work = coordinator.checkpoint({ isFinal: false })
    coordinator.piece(2, owner, { kind: 'keyed', bytes: new Uint8Array(), isDelta: true })
    coordinator.piece(2, owner, { kind: 'keyed', bytes: new Uint8Array(7), isDelta: true })
    const counts = [3, 0, 0, 0, 0, 0, 0, 0]
    coordinator.acknowledge(2, { counts, maxMs: 0.5, totalMs: 1 })
    expect(await work).toMatchObject({ sizeBytes: 7, isIncremental: true, pauses: { counts, maxMs: 0.5 } })
    const next = coordinator.checkpoint({ isFinal: false })
    answer(3)
    expect(await next).toMatchObject({ sizeBytes: 1, isIncremental: false, pauses: { maxMs: 0 } })
  })

  it('never follow a snapshot of another incarnation', async () => {
    const { coordinator } = await start()
    const work = coordinator.checkpoint({ isFinal: false })
    const delta = { kind: 'keyed', bytes: new Uint8Array(), isDelta: true } as const
    expect(() => coordinator.piece(1, owner, delta)).toThrow(/a delta continues a snapshot/)
    coordinator.stop()
    await expect(work).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
  })
})
