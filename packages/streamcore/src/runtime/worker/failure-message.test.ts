// Failures that cross threads keep what others decide by.
import { describe, expect, it } from 'vitest'
import { RetryableError, StreamcoreError, TerminalError } from '../../contracts/errors.js'
import { UserFunctionError } from '../../operators/user-function-error.js'
import { decodeValue, encodeValue } from '../../serde/value-codec.js'
import { type FailureMessage, failureMessage, failureOf } from './failure-message.js'

function crossed(error: unknown): Error {
  return failureOf(decodeValue<FailureMessage>(encodeValue(failureMessage(error), { what: 'failure' })))
}

describe('a failure that crosses threads', () => {
  it.each([
    new StreamcoreError('STREAMCORE_INPUT', 'a', { details: { place: 'x:1' } }),
    new RetryableError('STREAMCORE_IO', 'b'),
    new TerminalError('STREAMCORE_CONFIG', 'c', { cause: new Error('d', { cause: new RangeError('e') }) }),
    new UserFunctionError('f', { cause: new Error('g'), details: { uid: 'u' }, poisonId: 'u\nk\nv' }),
  ])('keeps class, code, details and causes (%s)', (error) => {
    const copy = crossed(error)
    expect(copy).toBeInstanceOf(error.constructor)
    expect(copy).toMatchObject({ code: error.code, message: error.message, details: error.details })
    expect(copy.stack).toBe(error.stack)
    if (error.cause instanceof Error) expect(copy.cause).toMatchObject({ message: error.cause.message })
  })

  it('keeps the poison id, by which a record is recognised', () => {
    const error = new UserFunctionError('f', { cause: 1, details: {}, poisonId: 'u\nk\nv' })
    expect(crossed(error)).toMatchObject({ poisonId: 'u\nk\nv' })
  })

  it('takes whatever was thrown, endless causes and halves of surrogate pairs', () => {
    expect(crossed('text').message).toBe('text')
    expect(crossed(undefined).message).toBe('undefined')
    const endless = new Error('again \ud800')
    endless.cause = endless
    expect(crossed(endless).message).toBe('again \ufffd')
  })
})
