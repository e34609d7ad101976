/** Elements of a keyed operator that wait until the states of their keys are loaded, in one order over all inputs. */
import { assert } from '../../contracts/assert.js'
import type { KeySelector } from '../../contracts/functions/any-keyed-function.js'
import { type Key, mapKeyOf } from '../../contracts/key.js'
import type { KeyedStateBackend } from '../../contracts/state/keyed-state-backend.js'
import type { Input } from '../input.js'

/** Elements from which the task takes no new ones. A call under way may exceed it. */
const capacity = 2_048
/** Elements whose keys are asked for together. */
const requestLength = 256
/** Elements of one request are processed while others are loading. */
const requestsMax = 4

/** Options of {@link PrefetchBuffer}. */
export interface PrefetchBufferOptions {
  readonly backend: KeyedStateBackend
  readonly inputs: readonly Input[]
  readonly keySelectors: readonly KeySelector[]
  /** Calls back when the promise is kept; fails the job when it is broken. */
  readonly whenLoaded: (loading: Promise<void>, andThen: () => void) => void
}

interface Waiting {
  readonly kind: 'record' | 'watermark' | 'idleness' | 'end'
  readonly input: number
  readonly value: unknown
  /** Time of a record, or the watermark. */
  readonly timestampMs: number
}

interface Request {
  readonly length: number
  isLoaded: boolean
}

/** First in, first out: what is behind an element that is still loading waits with it. */
export class PrefetchBuffer {
  /** Take the place of the operator's inputs. */
  readonly entrances: readonly Input[]
  readonly #options: PrefetchBufferOptions
  #elements: Waiting[] = []
  #head = 0
  /** Elements in front that need nothing more. */
  #readyLength = 0
  /** What follows the ready ones, in order. */
  #requests: Request[] = []
  /** Elements that are ready or asked for. */
  #askedLength = 0

  constructor(options: PrefetchBufferOptions) {
    this.#options = options
    this.entrances = options.inputs.map((_, input) => this.#entrance(input))
  }

  get length(): number {
    return this.#elements.length - this.#head
  }

  get isFull(): boolean {
    return this.length >= capacity
  }

  /** Whether {@link drain} can do something now. */
  get isReady(): boolean {
    return this.#readyLength > 0 || this.#canAsk
  }

  /** Processes up to `max` elements while `mayContinue`; gives how many. */
  drain(max: number, mayContinue: () => boolean): number {
    this.#ask()
    let done = 0
    while (done < max && this.#readyLength > 0 && mayContinue()) {
      this.#process(this.#shift())
      done++
    }
    return done
  }

  get #canAsk(): boolean {
    return this.length > this.#askedLength && this.#requests.length < requestsMax
  }

  #entrance(input: number): Input {
    const push = (kind: Waiting['kind'], value: unknown, timestampMs: number): void => {
      this.#elements.push({ kind, input, value, timestampMs })
    }
    return {
      processElement: (value, timestampMs) => push('record', value, timestampMs),
      processWatermark: (watermarkMs) => push('watermark', undefined, watermarkMs),
      processIdleness: (isIdle) => push('idleness', isIdle, 0),
      processEnd: () => push('end', undefined, 0),
    }
  }

  #ask(): void {
    while (this.#canAsk) {
      const start = this.#head + this.#askedLength
      const elements = this.#elements.slice(start, start + requestLength)
      const request: Request = { length: elements.length, isLoaded: true }
      this.#requests.push(request)
      this.#askedLength += request.length
      const loading = this.#options.backend.prefetch(this.#keysOf(elements))
      if (loading !== undefined) {
        request.isLoaded = false
        this.#options.whenLoaded(loading, () => {
          request.isLoaded = true
          this.#collectLoaded()
        })
      }
    }
    this.#collectLoaded()
  }

  #collectLoaded(): void {
    for (let [first] = this.#requests; first?.isLoaded === true; [first] = this.#requests) {
      this.#readyLength += first.length
      this.#requests.shift()
    }
  }

  #keysOf(elements: readonly Waiting[]): readonly Key[] {
    const keys: Key[] = []
    for (const { kind, input, value } of elements) {
      if (kind !== 'record') continue
      try {
        const key = this.#options.keySelectors[input]?.select(value)
        if (key === undefined) continue
        mapKeyOf(key)
        keys.push(key)
      } catch {
        // A record without a key is refused when its turn comes.
      }
    }
    return keys
  }

  #shift(): Waiting {
    const element = this.#elements[this.#head]
    assert(element !== undefined, 'a ready element is in the buffer')
    this.#head++
    this.#readyLength--
    this.#askedLength--
    if (this.#head >= capacity) {
      this.#elements = this.#elements.slice(this.#head)
      this.#head = 0
    }
    return element
  }

  #process({ kind, input: index, value, timestampMs }: Waiting): void {
    const input = this.#options.inputs[index]
    assert(input !== undefined, 'an element came through an entrance')
    switch (kind) {
      case 'record':
        return input.processElement(value, timestampMs)
      case 'watermark':
        return input.processWatermark(timestampMs)
      case 'idleness':
        return input.processIdleness(value === true)
      case 'end':
        return input.processEnd()
    }
  }
}
