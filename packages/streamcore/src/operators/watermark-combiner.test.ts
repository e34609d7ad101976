// Tests of combined watermarks, against a model and by the cases that went wrong elsewhere.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WatermarkCombiner } from './watermark-combiner.js'

describe('WatermarkCombiner', () => {
  it('gives the smallest watermark, and none before every input has one', () => {
    const combiner = new WatermarkCombiner(2)
    expect(combiner.advance(0, 5)).toBe(false)
    expect(combiner.advance(1, 3)).toBe(true)
    expect(combiner.combinedMs).toBe(3)
    expect(combiner.advance(1, 9)).toBe(true)
    expect(combiner.combinedMs).toBe(5)
  })

  it('ignores a watermark that goes back', () => {
    const combiner = new WatermarkCombiner(1)
    combiner.advance(0, 5)
    expect(combiner.advance(0, 4)).toBe(false)
    expect(combiner.combinedMs).toBe(5)
  })

  it('is not held back by an idle input, and never goes back when that one resumes', () => {
    const combiner = new WatermarkCombiner(2)
    combiner.advance(0, 8)
    expect(combiner.setIdle(1, true)).toBe(true)
    expect(combiner.combinedMs).toBe(8)
    combiner.setIdle(1, false)
    expect(combiner.advance(1, 2)).toBe(false)
    expect(combiner.combinedMs).toBe(8)
    combiner.advance(0, 10)
    expect(combiner.combinedMs).toBe(8)
  })

  it('does not undercut the restored watermark', () => {
    const combiner = new WatermarkCombiner(1, 7)
    expect(combiner.advance(0, 6)).toBe(false)
    expect(combiner.advance(0, 8)).toBe(true)
  })

  it('waits for idle inputs when all others have ended', () => {
    const combiner = new WatermarkCombiner(2)
    combiner.advance(0, 4)
    combiner.advance(1, 3)
    combiner.setIdle(1, true)
    expect(combiner.end(0)).toBe(false)
    expect([combiner.combinedMs, combiner.isIdle]).toEqual([4, true])
    combiner.setIdle(1, false)
    expect(combiner.advance(1, 9)).toBe(true)
    expect(combiner.end(1)).toBe(true)
    expect([combiner.combinedMs, combiner.isIdle]).toEqual([Number.POSITIVE_INFINITY, false])
  })

  it('equals the model for any course of events', () => {
    const event = fc.oneof(
      fc.record({
        kind: fc.constant('watermark' as const),
        input: fc.nat(2),
        ms: fc.integer({ min: 0, max: 20 }),
      }),
      fc.record({ kind: fc.constant('idle' as const), input: fc.nat(2), isIdle: fc.boolean() }),
      fc.record({ kind: fc.constant('end' as const), input: fc.nat(2) }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const combiner = new WatermarkCombiner(3)
        const inputs = [0, 1, 2].map(() => ({ ms: Number.NEGATIVE_INFINITY, isIdle: false, hasEnded: false }))
        let combinedMs = Number.NEGATIVE_INFINITY
        for (const each of events) {
          const input = inputs[each.input]
          if (input === undefined || input.hasEnded) continue
          let hasAdvanced: boolean
          if (each.kind === 'watermark') {
            input.ms = Math.max(input.ms, each.ms)
            hasAdvanced = combiner.advance(each.input, each.ms)
          } else if (each.kind === 'idle') {
            input.isIdle = each.isIdle
            hasAdvanced = combiner.setIdle(each.input, each.isIdle)
          } else {
            input.hasEnded = true
            hasAdvanced = combiner.end(each.input)
          }
          const open = inputs.filter(({ hasEnded }) => !hasEnded)
          const active = open.filter(({ isIdle }) => !isIdle)
          const before = combinedMs
          if (active.length > 0 || open.length === 0) {
            combinedMs = Math.max(combinedMs, Math.min(...active.map(({ ms }) => ms)))
          }
          expect(hasAdvanced).toBe(combinedMs > before)
          expect(combiner.combinedMs).toBe(combinedMs)
          expect(combiner.isIdle).toBe(open.length > 0 && active.length === 0)
        }
      }),
    )
  })
})
