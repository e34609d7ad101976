// Tests of reading the user's line from stacks of all kinds.
import { describe, expect, it } from 'vitest'
import { firstUserFrame, userFrame } from './user-frame.js'

const own = new URL('./x.js', import.meta.url).href

describe('userFrame', () => {
  it('names the line that called streamcore', () => {
    expect(userFrame()).toMatch(/\/graph\/user-frame\.test\.ts:\d+:\d+$/)
  })
})

describe('firstUserFrame', () => {
  it.each([
    ['a module', 'file:///app/src/job.ts:4:12', '/app/src/job.ts:4:12'],
    ['a function in a module', 'build (file:///app/job.js:10:3)', '/app/job.js:10:3'],
    ['a script by path', 'Object.<anonymous> (/app/job.js:10:3)', '/app/job.js:10:3'],
    ['a path with blanks', 'new A (/my app/job.js:10:3)', '/my app/job.js:10:3'],
    ['a query', 'build (file:///app/job.js?v=2:10:3)', '/app/job.js:10:3'],
    ['a drive', 'build (file:///C:/app/job.js:10:3)', 'C:/app/job.js:10:3'],
    ['an async frame', 'async file:///app/job.js:1:2', '/app/job.js:1:2'],
  ])('reads %s', (_, frame, place) => {
    expect(
      firstUserFrame(
        `Error: x\n    at DataStream.map (${own}:1:1)\n    at ${frame}\n    at file:///z.js:1:1`,
      ),
    ).toBe(place)
  })

  it('gives nothing when all frames are streamcore or the platform', () => {
    expect(firstUserFrame(`Error: x\n    at ${own}:1:1\n    at node:internal/modules:2:3`)).toBeUndefined()
  })
})
