// The small ports of production.
import { describe, expect, it } from 'vitest'
import type { Clock } from '../contracts/ports/clock.js'
import { NodeClock } from './node-clock.js'
import { nodeDigest } from './node-digest.js'
import { nodePorts } from './node-ports.js'
import { nodeRandom } from './node-random.js'
import { NodeScheduler } from './node-scheduler.js'
import { TextLogger } from './text-logger.js'

const frozenClock: Clock = {
  wallMs: () => Date.UTC(2026, 10, 21),
  monotonicMs: () => 0,
  sleep: () => Promise.resolve(),
}

describe('NodeClock', () => {
  it('never goes back, and wakes sleepers no earlier than told', async () => {
    const clock = new NodeClock()
    const before = clock.monotonicMs()
    await clock.sleep(5)
    expect(clock.monotonicMs() - before).toBeGreaterThan(4)
  })

  it('ends a sleep whose signal aborts, before and during it', async () => {
    const clock = new NodeClock()
    const controller = new AbortController()
    const sleeping = clock.sleep(3_600_000, controller.signal)
    controller.abort(new Error('stop'))
    await expect(sleeping).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
    await expect(clock.sleep(3_600_000, controller.signal)).rejects.toMatchObject({
      code: 'STREAMCORE_CANCELLED',
    })
  })
})

describe('NodeScheduler', () => {
  it('deals turns round robin', () => {
    const scheduler = new NodeScheduler()
    const turns = Array.from({ length: 6 }, () => scheduler.next(3))
    expect(turns.slice(0, 3).sort((a, b) => a - b)).toEqual([0, 1, 2])
    expect(turns.slice(3)).toEqual(turns.slice(0, 3))
    expect(scheduler.next(1)).toBe(0)
    expect(scheduler.sliceSize()).toBeGreaterThan(0)
  })

  it('asks for a yield after a long turn, and no longer once there was one', async () => {
    const scheduler = new NodeScheduler()
    let calls = 0
    while (!scheduler.shouldYield()) calls += 1
    expect(calls).toBeGreaterThan(0)
    let hadTurn = false
    setImmediate(() => {
      hadTurn = true
    })
    await scheduler.yield()
    expect(hadTurn).toBe(true)
    expect(scheduler.shouldYield()).toBe(false)
  })
})

describe('TextLogger', () => {
  function lines(level: 'debug' | 'info', log: (logger: TextLogger) => void): readonly string[] {
    const written: string[] = []
    log(new TextLogger({ clock: frozenClock, level, write: (line) => written.push(line) }))
    return written
  }

  it('writes time, level, message and fields', () => {
    const written = lines('info', (logger) => {
      logger.info('checkpoint completed', { checkpointId: 7, uid: 'a b', isFinal: false, none: undefined })
    })
    expect(written).toEqual([
      '2026-11-21T00:00:00.000Z INFO checkpoint completed checkpointId=7 uid="a b" isFinal=false\n',
    ])
  })

  it('leaves out what is below its level', () => {
    const log = (logger: TextLogger): void => {
      logger.debug('d')
      logger.warn('w')
      logger.error('e')
    }
    expect(lines('info', log)).toHaveLength(2)
    expect(lines('debug', log)).toHaveLength(3)
  })

  it('keeps every message on one line and without control characters', () => {
    const evil = 'x\r\n2026 INFO forged\u001b[31m\u2028\u0085\u0000'
    const [line = ''] = lines('info', (logger) => logger.info(evil, { [evil]: evil }))
    expect(line.match(/[\p{Cc}\u2028]/gu)).toEqual(['\n'])
    expect(line.endsWith('\n')).toBe(true)
  })
})

describe('nodePorts', () => {
  it('bundles working ports', () => {
    const ports = nodePorts({ logLevel: 'error' })
    ports.metrics.counter('records').add(2)
    ports.metrics.counter('records').add(3)
    expect(ports.metrics.counter('records').value()).toBe(5)
    expect(ports.metrics.counter('records', { uid: 'a' }).value()).toBe(0)
    ports.metrics.gauge('lag_ms', { b: '1', a: '2' }).set(4)
    expect(ports.metrics.gauge('lag_ms', { a: '2', b: '1' }).value()).toBe(4)
    expect(ports.clock.wallMs()).toBeGreaterThan(Date.UTC(2020))
  })

  it('digests as SHA-256 does', () => {
    expect(nodeDigest.sha256(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('draws other numbers in every process and every fork', () => {
    const random = nodeRandom()
    expect(random.fork('a').u32()).toBe(random.fork('a').u32())
    const numbers = [random, nodeRandom(), random.fork('a'), random.fork('b')].map((each) => each.u32())
    expect(new Set(numbers).size).toBe(4)
  })
})
