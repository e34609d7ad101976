/** Several edges into one input: records pass, watermarks are combined, the end is reached when all edges have ended. */
import { assert } from '../contracts/assert.js'
import type { Input } from './input.js'
import { WatermarkCombiner } from './watermark-combiner.js'

/** One entrance per edge; each keeps its own order. */
export function unionInputs(target: Input, edgeCount: number): readonly Input[] {
  if (edgeCount === 1) return [target]
  const union = new Union(target, edgeCount)
  return Array.from({ length: edgeCount }, (_, edge) => new UnionEdge(union, target, edge))
}

class Union {
  readonly #target: Input
  readonly #watermarks: WatermarkCombiner
  #openEdges: number
  #wasIdle = false

  constructor(target: Input, edgeCount: number) {
    this.#target = target
    this.#watermarks = new WatermarkCombiner(edgeCount)
    this.#openEdges = edgeCount
  }

  watermark(edge: number, watermarkMs: number): void {
    if (this.#watermarks.advance(edge, watermarkMs))
      this.#target.processWatermark(this.#watermarks.combinedMs)
  }

  idleness(edge: number, isIdle: boolean): void {
    this.#pass(this.#watermarks.setIdle(edge, isIdle))
  }

  end(edge: number): void {
    this.#openEdges--
    assert(this.#openEdges >= 0, 'an edge ends once')
    const hasAdvanced = this.#watermarks.end(edge)
    if (this.#openEdges === 0) this.#target.processEnd()
    else this.#pass(hasAdvanced)
  }

  #pass(hasAdvanced: boolean): void {
    if (this.#watermarks.isIdle !== this.#wasIdle) {
      this.#wasIdle = this.#watermarks.isIdle
      this.#target.processIdleness(this.#wasIdle)
    }
    if (hasAdvanced) this.#target.processWatermark(this.#watermarks.combinedMs)
  }
}

class UnionEdge implements Input {
  readonly #union: Union
  readonly #target: Input
  readonly #edge: number

  constructor(union: Union, target: Input, edge: number) {
    this.#union = union
    this.#target = target
    this.#edge = edge
  }

  processElement(value: unknown, timestampMs: number): void {
    this.#target.processElement(value, timestampMs)
  }

  processWatermark(watermarkMs: number): void {
    this.#union.watermark(this.#edge, watermarkMs)
  }

  processIdleness(isIdle: boolean): void {
    this.#union.idleness(this.#edge, isIdle)
  }

  processEnd(): void {
    this.#union.end(this.#edge)
  }
}
