// Tests of several edges into one input.
import { describe, expect, it } from 'vitest'
import type { Input } from './input.js'
import { RecordingInput } from './test/recording-input.js'
import { unionInputs } from './union-input.js'

function union(count: number): { readonly target: RecordingInput; readonly edges: readonly Input[] } {
  const target = new RecordingInput()
  return { target, edges: unionInputs(target, count) }
}

describe('unionInputs', () => {
  it('is the input itself where there is one edge', () => {
    const target = new RecordingInput()
    expect(unionInputs(target, 1)).toEqual([target])
  })

  it('passes records of all edges and the smallest watermark', () => {
    const { target, edges } = union(2)
    edges[0]?.processElement('a', 1)
    edges[0]?.processWatermark(1)
    edges[1]?.processElement('b', 2)
    edges[1]?.processWatermark(2)
    edges[0]?.processWatermark(2)
    expect(target.events).toEqual(['a', 'b', 'watermark 1', 'watermark 2'])
  })

  it('ends when every edge has ended, once', () => {
    const { target, edges } = union(3)
    for (const edge of edges) edge.processEnd()
    expect(target.events).toEqual(['end'])
    expect(() => edges[0]?.processEnd()).toThrow('an edge ends once')
  })

  it('is no longer held back by an edge that has ended', () => {
    const { target, edges } = union(2)
    edges[0]?.processWatermark(7)
    edges[1]?.processEnd()
    expect(target.events).toEqual(['watermark 7'])
  })

  it('is idle when all edges are, and active again with the first of them', () => {
    const { target, edges } = union(2)
    edges[0]?.processIdleness(true)
    edges[1]?.processIdleness(true)
    edges[0]?.processIdleness(false)
    edges[1]?.processIdleness(false)
    expect(target.events).toEqual(['idle', 'active'])
  })
})
