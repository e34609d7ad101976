// The simulated world: order of events, what death and pauses do, and that a seed decides everything.
import { describe, expect, it } from 'vitest'
import type { Incarnation } from './incarnation.js'
import { SimulatedWorld } from './simulated-world.js'

const device = { latencyMsMax: 4 }

describe('the simulated world', () => {
  it('runs events in the order of their times and lets time go with them', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const seen: [string, number][] = []
    world.schedule(20, () => seen.push(['late', world.nowMs]))
    world.schedule(5, () => {
      seen.push(['early', world.nowMs])
      world.schedule(5, () => seen.push(['between', world.nowMs]))
    })
    expect(await world.run(() => false)).toBe('idle')
    expect(seen).toEqual([
      ['early', 5],
      ['between', 10],
      ['late', 20],
    ])
  })

  it('runs events of the same time in an order that the seed draws', async () => {
    const orders = new Set<string>()
    for (let seed = 1; seed <= 200; seed++) {
      const world = new SimulatedWorld({ seed })
      let order = ''
      for (const name of ['a', 'b', 'c']) world.schedule(1, () => (order += name))
      await world.run(() => false)
      orders.add(order)
    }
    expect(orders.size).toBe(6)
  })

  it('ends as exhausted when a loop never ends', async () => {
    const world = new SimulatedWorld({ seed: 1, eventsMax: 50 })
    const again = (): void => world.schedule(1, again)
    again()
    expect(await world.run(() => false)).toBe('exhausted')
  })

  it('gives the same trace for the same seed, also when it drains by macrotasks, and another for another', async () => {
    const traceOf = async (seed: number, drain?: () => Promise<void>): Promise<number> => {
      const world = new SimulatedWorld(drain ? { seed, drain } : { seed })
      const processes = ['a', 'b'].map((name) => world.incarnation(name))
      await world.settle(Promise.all(processes.map(busyLoop)))
      return world.traceHash
    }
    const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const trace = await traceOf(7)
    expect(await traceOf(7)).toBe(trace)
    expect(await traceOf(7, macrotask)).toBe(trace)
    expect(await traceOf(8)).not.toBe(trace)
  })
})

describe('an incarnation', () => {
  it('never hears anything again once it is killed', async () => {
    const world = new SimulatedWorld({ seed: 3 })
    const process = world.incarnation('job')
    const heard: string[] = []
    void process.clock.sleep(10).then(() => heard.push('sleep'))
    void process.ports.scheduler.yield().then(() => heard.push('yield'))
    void process.request(() => 1, device).then(() => heard.push('request'))
    process.kill()
    void process.clock.sleep(10).then(() => heard.push('sleep of the dead'))
    expect(await world.run(() => false)).toBe('idle')
    expect(heard).toEqual([])
  })

  it('hears while paused nothing, and afterwards everything', async () => {
    const world = new SimulatedWorld({ seed: 3 })
    const process = world.incarnation('job')
    const heard: [string, number][] = []
    void process.clock.sleep(10).then(() => heard.push(['sleep', world.nowMs]))
    world.schedule(5, () => process.pause())
    world.schedule(50, () => process.resume())
    await world.run(() => false)
    expect(heard).toEqual([['sleep', 50]])
  })

  it('sends nothing while it is paused', async () => {
    const world = new SimulatedWorld({ seed: 3 })
    const process = world.incarnation('job')
    let appliedMs = 0
    process.pause()
    void process.request(() => {
      appliedMs = world.nowMs
    }, device)
    world.schedule(100, () => process.resume())
    await world.run(() => false)
    expect(appliedMs).toBeGreaterThan(100)
  })

  it('may have effects after its death, but none after a power loss', async () => {
    const lateEffects = async (end: (process: Incarnation) => void): Promise<number> => {
      const world = new SimulatedWorld({ seed: 5 })
      const process = world.incarnation('job')
      let applied = 0
      for (let count = 0; count < 200; count++) {
        void process.request(() => (applied += 1), { latencyMsMax: 4, lateChance: 0.5, lateMsMax: 100 })
      }
      end(process)
      await world.run(() => false)
      return applied
    }
    const applied = await lateEffects((process) => process.kill())
    expect(applied).toBeGreaterThan(50)
    expect(applied).toBeLessThan(150)
    expect(await lateEffects((process) => process.world.powerLoss())).toBe(0)
  })

  it('rejects a sleep whose signal aborts', async () => {
    const world = new SimulatedWorld({ seed: 3 })
    const process = world.incarnation('job')
    const controller = new AbortController()
    world.schedule(5, () => controller.abort())
    await expect(world.settle(process.clock.sleep(1_000, controller.signal))).rejects.toMatchObject({
      code: 'STREAMCORE_CANCELLED',
    })
    expect(world.nowMs).toBe(5)
  })

  it('sees and kills the processes of its own host only', async () => {
    const world = new SimulatedWorld({ seed: 3 })
    const first = world.incarnation('a')
    const second = world.incarnation('b')
    const elsewhere = world.incarnation('c', { host: 'elsewhere' })
    const identity = first.processTable.self()
    first.pause()
    expect(await world.settle(second.processTable.isAlive(identity))).toBe(true)
    expect(await world.settle(elsewhere.processTable.isAlive(identity))).toBe(false)
    await world.settle(second.processTable.kill(identity))
    expect(first.state).toBe('dead')
    expect(await world.settle(second.processTable.isAlive(identity))).toBe(false)
  })
})

async function busyLoop({ ports }: Incarnation): Promise<void> {
  for (let round = 0; round < 50; round++) {
    if (ports.scheduler.shouldYield()) await ports.scheduler.yield()
    await ports.clock.sleep(1 + ports.random.below(5))
  }
}
