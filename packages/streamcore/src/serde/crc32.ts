/** CRC-32 (IEEE 802.3, as in zip and PNG), table-driven, four bytes at a time, without a platform import. */

/** Four tables: what a byte does to the checksum with none, one, two and three bytes behind it. */
const tables = makeTables()

/** The checksum of `bytes` from `start` to `end`, as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let crc = -1
  let index = start
  for (; index + 4 <= end; index += 4) {
    crc ^= bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24)
    crc =
      tables[0x300 | (crc & 0xff)]! ^
      tables[0x200 | ((crc >>> 8) & 0xff)]! ^
      tables[0x100 | ((crc >>> 16) & 0xff)]! ^
      tables[crc >>> 24]!
  }
  for (; index < end; index++) crc = tables[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTables(): Int32Array {
  const entries = new Int32Array(4 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    entries[byte] = crc
  }
  for (let at = 256; at < entries.length; at++) {
    const before = entries[at - 256]!
    entries[at] = entries[before & 0xff]! ^ (before >>> 8)
  }
  return entries
}
