/** The input of `verifyKeyed`: records, watermarks and time as a list. */

/** One step of a test. `IN` is the record type of the first input, `IN2` that of the second. */
export type KeyedStep<IN, IN2 = never> =
  | { readonly kind: 'element'; readonly input: 0; readonly value: IN; readonly timestampMs: number }
  | { readonly kind: 'element'; readonly input: 1; readonly value: IN2; readonly timestampMs: number }
  | { readonly kind: 'watermark'; readonly watermarkMs: number }
  | { readonly kind: 'processing-time'; readonly nowMs: number }
  | { readonly kind: 'end' }

/** A record of the (first) input. */
export function element<IN>(value: IN, timestampMs: number = Number.NEGATIVE_INFINITY): KeyedStep<IN> {
  return { kind: 'element', input: 0, value, timestampMs }
}

/** A record of the second input. */
export function element2<IN2>(
  value: IN2,
  timestampMs: number = Number.NEGATIVE_INFINITY,
): KeyedStep<never, IN2> {
  return { kind: 'element', input: 1, value, timestampMs }
}

/** A watermark of all inputs. */
export function watermark(watermarkMs: number): KeyedStep<never> {
  return { kind: 'watermark', watermarkMs }
}

/** Processing time goes on to this moment. */
export function processingTime(nowMs: number): KeyedStep<never> {
  return { kind: 'processing-time', nowMs }
}

/** The end of all inputs. */
export function endOfInput(): KeyedStep<never> {
  return { kind: 'end' }
}
