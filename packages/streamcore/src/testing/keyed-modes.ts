/** The ways in which `verifyKeyed` feeds the same input to a keyed function. */
import { assert } from '../contracts/assert.js'
import { StreamcoreError } from '../contracts/errors.js'
import { Channel } from '../runtime/channel.js'
import { InputGate } from '../runtime/input-gate.js'
import { StreamTask } from '../runtime/stream-task.js'
import type { Emission } from './emissions.js'
import type { KeyedStep } from './keyed-step.js'
import { type FunctionUnderTest, inputCountOf } from './function-under-test.js'
import { ManualClock } from './manual-clock.js'
import { testPorts } from './test-ports.js'
import { TestedSubtasks, type TestedSubtasksOptions } from './tested-subtasks.js'
import { TurnScheduler } from './turn-scheduler.js'

/** Steps with the record types forgotten. */
export type AnyStep = KeyedStep<unknown, unknown>

/** One run of the input. */
export interface ModeInput {
  readonly underTest: FunctionUnderTest
  readonly steps: readonly AnyStep[]
  readonly startMs: number
}

/** A way to run the input. */
export interface Mode {
  readonly name: string
  run(input: ModeInput): readonly Emission[]
}

/** Every record, then all that follows from it, then the next: what a reader expects. */
export const elementByElement: Mode = {
  name: 'element by element',
  run: (input) => runSteps(input, { isFrozen: false, afterStep: (subtasks) => subtasks.finishOwnWork() }),
}

/** The ways that must give the same as {@link elementByElement}. */
export const otherModes: readonly Mode[] = [
  {
    // Also shows state hidden in the function object: the second run of any mode would find it.
    name: 'all at once: messages wait until all elements are in',
    run: (input) => runSteps(input, { isFrozen: false, afterStep: () => {} }),
  },
  {
    name: 'snapshot and restore into a fresh instance between all elements',
    run: (input) =>
      runSteps(input, { isFrozen: false, afterStep: (subtasks) => restartBetween(subtasks, () => 1) }),
  },
  { name: 'restore at another parallelism between all elements', run: runRescaled },
  { name: 'an output that refuses every other element', run: runUnderBackPressure },
  {
    name: 'emitted records and state values frozen',
    run: (input) => runSteps(input, { isFrozen: true, afterStep: (subtasks) => subtasks.finishOwnWork() }),
  },
]

const restartsMax = 100_000

interface StepHabits {
  readonly isFrozen: boolean
  readonly afterStep: (subtasks: TestedSubtasks) => void
}

function runSteps(input: ModeInput, habits: StepHabits): readonly Emission[] {
  const { subtasks, clock } = open(input, { isFrozen: habits.isFrozen })
  for (const step of input.steps) {
    if (step.kind === 'processing-time') {
      passTime(clock, step.nowMs)
      // Time passes for the timers that are due, so they fire before the next element in every mode.
      subtasks.finishOwnWork()
    } else apply(subtasks, step, inputCountOf(input.underTest))
    habits.afterStep(subtasks)
  }
  subtasks.finishOwnWork()
  return subtasks.emissions.list
}

function runRescaled(input: ModeInput): readonly Emission[] {
  const { underTest } = input
  // Whoever sends to other keys runs at parallelism 1; without keys each subtask would see other records.
  const isAlone = 'process' in underTest || underTest.fn.sendsToKeys === true
  const parallelisms = isAlone ? [1] : [2, 3, 1]
  let turn = 0
  const next = () => parallelisms[turn++ % parallelisms.length] ?? 1
  return runSteps(input, { isFrozen: false, afterStep: (subtasks) => restartBetween(subtasks, next) })
}

/** Restarts before every single message and timer. */
function restartBetween(subtasks: TestedSubtasks, parallelism: () => number): void {
  for (let restarts = 0; restarts < restartsMax; restarts++) {
    subtasks.restart(parallelism())
    if (subtasks.runOwnWork(1) === 0) return
  }
  throw new StreamcoreError(
    'STREAMCORE_ASSERTION',
    `Expected the operator to come to rest after an element, but it has done ${restartsMax} messages and timers`,
  )
}

/** The operator in its real task, whose output is full after every other record: messages and elements then take turns. */
function runUnderBackPressure(input: ModeInput): readonly Emission[] {
  const flow = { fullOutputs: 0 }
  let records = 0
  const { subtasks, clock } = open(input, {
    isFrozen: false,
    onRecord: () => {
      records++
      if (records % 2 === 0) flow.fullOutputs = 1
    },
  })
  const operator = subtasks.only
  const channels = operator.inputs.map((entrance) => ({
    channel: new Channel({ fullOutputs: 0 }),
    input: entrance,
  }))
  const scheduler = new TurnScheduler({ sliceSize: 1 })
  const task = new StreamTask({
    name: operator.name,
    vertexId: 0,
    subtaskIndex: 0,
    ports: testPorts({ clock, scheduler }),
    operators: [operator],
    source: undefined,
    gate: new InputGate(channels, scheduler),
    outputs: [],
    flow,
    listener: { piece: () => {}, committables: () => {}, acknowledge: () => {}, failed: () => {} },
    notify: () => {},
  })
  const runWhile = (goesOn: (done: number) => boolean) => {
    let done: number
    do {
      done = task.runSlice()
      // The slice that filled the output did nothing more; now it has room again.
      flow.fullOutputs = 0
    } while (goesOn(done))
  }
  for (const step of input.steps) {
    if (step.kind === 'processing-time') {
      runWhile((done) => done > 0)
      passTime(clock, step.nowMs)
      runWhile((done) => done > 0)
      continue
    }
    for (const [index, { channel }] of channels.entries()) push(channel, index, step)
    runWhile(() => channels.some(({ channel }) => channel.size > 0))
  }
  runWhile((done) => done > 0)
  return subtasks.emissions.list
}

function push(channel: Channel, index: number, step: AnyStep): void {
  switch (step.kind) {
    case 'element':
      if (step.input === index) channel.push(step.value, step.timestampMs)
      return
    case 'watermark':
      return channel.pushEvent({ kind: 'watermark', watermarkMs: step.watermarkMs })
    case 'end':
      return channel.pushEvent({ kind: 'end' })
    case 'processing-time':
      return
  }
}

function apply(subtasks: TestedSubtasks, step: AnyStep, inputCount: number): void {
  if (step.kind === 'element') subtasks.element(step.input, step.value, step.timestampMs)
  for (let input = 0; input < inputCount; input++) {
    if (step.kind === 'watermark') subtasks.watermark(input, step.watermarkMs)
    else if (step.kind === 'end') subtasks.end(input)
  }
}

function passTime(clock: ManualClock, nowMs: number): void {
  assert(nowMs >= clock.wallMs(), 'processing time goes forward only')
  clock.advance(nowMs - clock.wallMs())
}

function open(
  input: ModeInput,
  habits: Pick<TestedSubtasksOptions, 'isFrozen' | 'onRecord'>,
): { readonly subtasks: TestedSubtasks; readonly clock: ManualClock } {
  const clock = new ManualClock(input.startMs)
  const subtasks = new TestedSubtasks({ underTest: input.underTest, ports: testPorts({ clock }), ...habits })
  return { subtasks, clock }
}
