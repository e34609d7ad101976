// Users take contexts apart, as they do with state: `{ output, continueLater }` must work without its object.
import { describe, expect, it } from 'vitest'
import { outputTag } from '../contracts/functions/output-tag.js'
import { type } from '../contracts/schema.js'
import { broadcastState } from '../contracts/state/operator-state.js'
import { keyedBroadcastHarness } from './index.js'

const rates = broadcastState<string, number>('rates')
const changed = outputTag<string>('changed')

describe('a context', () => {
  it('gives its functions to whoever takes it apart', () => {
    const harness = keyedBroadcastHarness(
      {
        uid: 'taken-apart',
        state: {},
        messages: type<string>(),
        *processElement(word, { broadcastState: stateOf, output, continueLater }) {
          output(changed, word)
          continueLater(`${word} later`)
          yield stateOf(rates).get(word)
        },
        processBroadcastElement(change, { broadcastState: stateOf, output }) {
          stateOf(rates).put(change.currency, change.rate)
          output(changed, change.currency)
        },
        *onMessage(message) {
          yield message
        },
      },
      {
        keyBy: (word: string) => word,
        broadcast: [rates],
        broadcastInput: type<{ currency: string; rate: number }>(),
      },
    )
    harness.broadcastElement({ currency: 'USD', rate: 2 })
    expect(harness.element('USD')).toEqual([2, 'USD later'])
    expect(harness.sideOutput(changed)).toEqual(['USD', 'USD'])
  })
})
