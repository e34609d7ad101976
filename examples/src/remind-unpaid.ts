// Orders that were not paid within half an hour of event time: a timer per order, deleted by its payment.
import { defineJob, forMonotonousTimestamps, minutes, valueState } from 'streamcore'
import { printSink } from 'streamcore/node'

interface OrderEvent {
  readonly order: string
  readonly kind: 'placed' | 'paid'
  readonly atMs: number
}

const events: readonly OrderEvent[] = [
  { order: 'A', kind: 'placed', atMs: minutes(0) },
  { order: 'B', kind: 'placed', atMs: minutes(10) },
  { order: 'A', kind: 'paid', atMs: minutes(25) },
  { order: 'C', kind: 'placed', atMs: minutes(35) },
  { order: 'B', kind: 'paid', atMs: minutes(50) },
]

const patience = minutes(30)

export const job = defineJob({ name: 'remind-unpaid' }, (env) => {
  env
    .fromCollection(events, { watermarks: forMonotonousTimestamps((event) => event.atMs) })
    .keyBy((event) => event.order)
    .process({
      uid: 'remind-unpaid',
      state: { placedAtMs: valueState<number>('placed-at') },
      processElement(event, { state, timers }) {
        if (event.kind === 'placed') {
          state.placedAtMs.update(event.atMs)
          timers.registerEventTimeTimer(event.atMs + patience)
          return
        }
        // The timer of a payment that came too late still fires: time goes by the events, not by their arrival.
        const dueMs = (state.placedAtMs.value() ?? event.atMs) + patience
        if (event.atMs < dueMs) timers.deleteEventTimeTimer(dueMs)
      },
      *onTimer(timestampMs, { key }) {
        yield `order ${key} is not paid at ${timestampMs / minutes(1)} minutes`
      },
    })
    .sinkTo(printSink<string>(), { uid: 'reminders' })
})
