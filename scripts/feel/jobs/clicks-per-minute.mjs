// A keyed function with time: the clicks of a user within a minute of the first one.
import { minutes, valueState } from 'streamcore'

export const clicksPerMinute = {
  uid: 'clicks-per-minute',
  state: { count: valueState('count') },
  processElement(_, { state, timers, timestampMs }) {
    if (state.count.value() === undefined) timers.registerEventTimeTimer(timestampMs + minutes(1))
    state.count.update((state.count.value() ?? 0) + 1)
  },
  *onTimer(_, { key, state }) {
    yield { user: key, count: state.count.value() ?? 0 }
    state.count.clear()
  },
}
