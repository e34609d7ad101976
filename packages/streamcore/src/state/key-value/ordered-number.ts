/** Numbers as text of one length whose order is the order of the numbers. */

const view = new DataView(new ArrayBuffer(8))

/** 16 hexadecimal digits; -0 is 0, and the infinities stand at the ends. */
export function orderedNumber(value: number): string {
  view.setFloat64(0, value + 0)
  const high = view.getUint32(0)
  const low = view.getUint32(4)
  // Of two negative numbers the one with the larger bits is the smaller one.
  return high < 0x8000_0000 ? hex(high + 0x8000_0000) + hex(low) : hex(~high >>> 0) + hex(~low >>> 0)
}

/** Eight digits: the leading one makes all words equally long. */
function hex(word: number): string {
  return (word + 0x1_0000_0000).toString(16).slice(1)
}
