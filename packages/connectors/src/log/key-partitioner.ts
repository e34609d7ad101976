/** Which partition a key belongs to, computed as Kafka's default partitioner does, so that both logs agree. */

/** Kafka's murmur2 of the key bytes, made non-negative, modulo the number of partitions. */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

function murmur2(bytes: Uint8Array): number {
  const multiplier = 0x5bd1e995
  const { length } = bytes
  let hash = 0x9747b28c ^ length
  const whole = length & ~3
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  for (let index = 0; index < whole; index += 4) {
    let block = Math.imul(view.getInt32(index, true), multiplier)
    block ^= block >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(block, multiplier)
  }
  const rest = length - whole
  if (rest === 3) hash ^= view.getUint8(whole + 2) << 16
  if (rest >= 2) hash ^= view.getUint8(whole + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ view.getUint8(whole), multiplier)
  hash ^= hash >>> 13
  hash = Math.imul(hash, multiplier)
  return hash ^ (hash >>> 15)
}
