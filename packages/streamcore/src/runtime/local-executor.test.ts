// Tests of the loop over the subtasks: it sleeps when there is nothing to do and misses no wake-up.
import { describe, expect, it } from 'vitest'
import type { SinkWriter } from '../contracts/sink.js'
import type { StreamOperator } from '../operators/stream-operator.js'
import { SinkOperator } from '../operators/sink-operator.js'
import { keyedOperator } from '../operators/test/keyed-operator.js'
import { operatorContext } from '../operators/test/recording-input.js'
import { scriptedSource, SourceUnderTest } from '../operators/test/scripted-source.js'
import { ManualClock } from '../testing/manual-clock.js'
import { testPorts } from '../testing/test-ports.js'
import { nextMacrotask, TurnScheduler } from '../testing/turn-scheduler.js'
import { LocalExecutor, type LocalExecutorOptions } from './local-executor.js'
import { Signal } from './signal.js'
import { StreamTask, type StreamTaskOptions } from './stream-task.js'

/** Counts its turns, so that a test sees whether the loop sleeps. */
class CountingScheduler extends TurnScheduler {
  slices = 0

  override sliceSize(): number {
    this.slices++
    return super.sliceSize()
  }
}

function setting(options: Partial<LocalExecutorOptions> = {}) {
  const clock = new ManualClock()
  const scheduler = new CountingScheduler()
  const ports = testPorts({ clock, scheduler })
  const executor = new LocalExecutor({ ports, onPendingBytes: () => {}, ...options })
  const taskOf = (operators: readonly StreamOperator[], more: Partial<StreamTaskOptions> = {}) =>
    new StreamTask({
      name: 'task',
      vertexId: 0,
      subtaskIndex: 0,
      ports,
      operators,
      source: undefined,
      gate: undefined,
      outputs: [],
      flow: { fullOutputs: 0 },
      listener: { piece: () => {}, committables: () => {}, acknowledge: () => {}, failed: executor.fail },
      notify: executor.notify,
      ...more,
    })
  return { clock, scheduler, executor, taskOf }
}

/** A keyed operator whose records set a timer for 1,000. */
function withTimer(clock = new ManualClock()) {
  return keyedOperator(
    {
      state: {},
      processElement: (_, { timers }) => timers.registerProcessingTimeTimer(1_000),
      *onTimer() {
        yield 'fired'
      },
    },
    { clock },
  )
}

describe('LocalExecutor', () => {
  it('sleeps while there is nothing to do, and wakes when it is notified', async () => {
    const { scheduler, executor, taskOf } = setting()
    const { operator, inputs } = withTimer()
    const end = executor.run([taskOf([operator])])
    await nextMacrotask()
    const before = scheduler.slices
    for (let turn = 0; turn < 10; turn++) await nextMacrotask()
    expect(scheduler.slices).toBe(before)
    inputs[0]?.processEnd()
    executor.notify()
    expect(await end).toBe('ended')
  })

  it('wakes when work of its own is due', async () => {
    const { clock, executor, taskOf } = setting()
    const timed = withTimer(clock)
    timed.inputs[0]?.processElement('x', 0)
    const end = executor.run([taskOf([timed.operator])])
    await nextMacrotask()
    clock.advance(999)
    await nextMacrotask()
    expect(timed.output.events).toEqual([])
    clock.advance(1)
    await nextMacrotask()
    expect(timed.output.events).toEqual(['fired'])
    executor.stop()
    expect(await end).toBe('stopped')
    expect(clock.nextWakeMs()).toBe(Number.POSITIVE_INFINITY)
  })

  it('does not spin while a paused source has records in hand', async () => {
    const reported: number[] = []
    const { scheduler, executor, taskOf } = setting({
      onPendingBytes: (pendingBytes) => {
        reported.push(pendingBytes)
        executor.pauseSources(pendingBytes > 0)
      },
    })
    const source = new SourceUnderTest(scriptedSource({ a: { batches: [[1, 2]] } }), ['a'])
    let pending = 1
    const writer: SinkWriter<unknown, unknown> = {
      write: () => {},
      prepareCommit: () => [],
      pendingBytes: () => pending,
      close: async () => {},
    }
    const sink = new SinkOperator({ context: operatorContext(), uid: 'out', writer, isTransactional: true })
    source.operator.poll(0)
    await nextMacrotask()
    const end = executor.run([taskOf([source.operator], { source: source.operator }), taskOf([sink])])
    for (let turn = 0; turn < 5; turn++) await nextMacrotask()
    const before = scheduler.slices
    for (let turn = 0; turn < 10; turn++) await nextMacrotask()
    expect(scheduler.slices - before).toBeLessThanOrEqual(1)
    expect(reported).toContain(1)
    // The checkpoint has committed.
    pending = 0
    executor.notify()
    await nextMacrotask()
    expect(source.output.events).toContain(2)
    executor.stop()
    expect(await end).toBe('stopped')
  })

  it('rejects with what a task threw, and runs that task no more', async () => {
    const { executor, taskOf } = setting()
    const { operator } = withTimer()
    let calls = 0
    operator.runOwnWork = () => {
      calls++
      throw new Error('broken')
    }
    const task = taskOf([operator])
    await expect(executor.run([task])).rejects.toThrow('broken')
    expect([task.condition, calls]).toEqual(['failed', 1])
  })

  it('rejects with the first of several failures', async () => {
    const { executor, taskOf } = setting()
    executor.fail(new Error('first'))
    executor.fail(new Error('second'))
    await expect(executor.run([taskOf([withTimer().operator])])).rejects.toThrow('first')
  })

  it('goes on with ended tasks until the last work is done', async () => {
    const { executor, taskOf } = setting()
    const { operator, inputs } = withTimer()
    inputs[0]?.processEnd()
    const tasks = [taskOf([operator])]
    expect(await executor.run(tasks)).toBe('ended')
    expect(await executor.runUntil(nextMacrotask().then(() => 'committed'))).toBe('committed')
    await expect(executor.runUntil(Promise.reject(new Error('not committed')))).rejects.toThrow(
      'not committed',
    )
  })

  it('cancels the last work when it is stopped', async () => {
    const { executor } = setting()
    const work = executor.runUntil(new Promise(() => {}))
    executor.stop()
    await expect(work).rejects.toMatchObject({ code: 'STREAMCORE_CANCELLED' })
  })
})

describe('Signal', () => {
  it('remembers that it was set before anybody waited, once', async () => {
    const signal = new Signal()
    signal.notify()
    signal.notify()
    await signal.wait()
    let isWoken = false
    const waited = signal.wait().then(() => {
      isWoken = true
    })
    await nextMacrotask()
    expect(isWoken).toBe(false)
    signal.notify()
    await waited
  })
})
