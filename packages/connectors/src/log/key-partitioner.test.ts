// The partitioner against the vectors of Kafka's own test of murmur2 (UtilsTest).
import { expect, it } from 'vitest'
import { partitionOfKey } from './key-partitioner.js'

it.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('puts %s where Kafka puts it', (key, murmur2) => {
  const partition = partitionOfKey(new TextEncoder().encode(key), 1_000_003)
  expect(partition).toBe((murmur2 & 0x7fffffff) % 1_000_003)
})

it('reads a key that is a view into other bytes', () => {
  const bytes = new TextEncoder().encode('xxfoobar')
  expect(partitionOfKey(bytes.subarray(2), 97)).toBe(partitionOfKey(new TextEncoder().encode('foobar'), 97))
})
