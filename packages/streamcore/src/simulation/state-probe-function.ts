/** The function of the state probe: does what commands say to state and timers, and tells what it finds there. */
import type { KeyedProcessFunction } from '../contracts/functions/process-function.js'
import { canonicalText, type Key } from '../contracts/key.js'
import { type } from '../contracts/schema.js'
import {
  applyStateCommand,
  describeState,
  type StateCommand,
  type StateProbeState,
  stateProbeState,
} from './state-commands.js'

/** Event times that no record has: what is set from here on fires at the end. */
export const armedFromMs = 1_000_000_000
/** The last timer of a key tells its whole state. */
export const endMs = 2_000_000_000
/** Wall clocks show more. */
const processingTimesFromMs = 1_000_000_000_000
/** How long after its record a timer fires. */
export const timerDelayMs = 25

/** Every answer depends on all that was done to the key before. */
export const probeState: KeyedProcessFunction<Key, StateCommand, StateProbeState, string, string, number> = {
  messages: type<number>(),
  uid: 'probe',
  state: stateProbeState,
  processElement: (command, ctx) => {
    const { timers, state } = ctx
    const { action, amount, timestampMs } = command
    const answer = applyStateCommand(command, state)
    timers.registerEventTimeTimer(endMs)
    if (action === 'forget') {
      timers.deleteEventTimeTimer(endMs)
      for (let index = 0; index < 4; index++) timers.deleteEventTimeTimer(armedFromMs + index)
    }
    if (action === 'arm') timers.registerEventTimeTimer(armedFromMs + (amount % 4))
    if (action === 'disarm') timers.deleteEventTimeTimer(armedFromMs + (amount % 4))
    if (action === 'timer') timers.registerEventTimeTimer(timestampMs + timerDelayMs)
    if (action === 'clock') {
      const dueMs = timers.currentProcessingTimeMs() + 5 * amount
      timers.registerProcessingTimeTimer(dueMs)
      state.pending.put(dueMs, amount)
    }
    if (action === 'stop clock') {
      for (const dueMs of [...state.pending.keys()].slice(-2)) {
        timers.deleteProcessingTimeTimer(dueMs)
        state.pending.remove(dueMs)
      }
    }
    if (action === 'message') ctx.continueLater(amount)
    return [`${canonicalText(ctx.key)}#${command.seq} ${answer}`]
  },
  onMessage: (left, ctx) => {
    ctx.state.messages.add(1)
    if (left > 0) ctx.continueLater(left - 1)
    return [`${canonicalText(ctx.key)} message ${ctx.state.messages.get()}`]
  },
  onTimer: (timestampMs, { key, state }) => {
    const name = canonicalText(key)
    if (timestampMs >= processingTimesFromMs) {
      // Timers of a key fire in order, once each, and a timer and the note of it come and go together.
      const isFirst = [...state.pending.keys()].every((each) => each >= timestampMs)
      const isExpected = state.pending.has(timestampMs) && isFirst
      state.pending.remove(timestampMs)
      return isExpected ? [] : [`${name} fired ${timestampMs} out of turn`]
    }
    if (timestampMs < endMs) return [`${name}@${timestampMs}`]
    return [`${name} ends ${describeState(state)}`]
  },
}
