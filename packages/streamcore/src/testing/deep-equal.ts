/** Whether two records are the same data, whatever made them. */

/** Compares by content: plain objects, arrays, Map, Set, dates, typed arrays; numbers as `Object.is`, but 0 equals -0. */
export function isDeepEqual(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Map && b instanceof Map) return isEqualMap(a, b)
  if (a instanceof Set && b instanceof Set) return isEqualList([...a], [...b])
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return isEqualList(bytesOf(a), bytesOf(b))
  if (tagOf(a) === '[object Date]') return String(a) === String(b) && Number(a) === Number(b)
  return isEqualObject(a, b)
}

function isEqualMap(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false
  const others = [...b]
  return [...a].every(([key, value]) =>
    b.has(key) ? isDeepEqual(value, b.get(key)) : others.some((other) => isDeepEqual([key, value], other)),
  )
}

function isEqualList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) {
    if (!isDeepEqual(a[index], b[index])) return false
  }
  return true
}

function isEqualObject(a: object, b: object): boolean {
  const theirs = new Map<string, unknown>(Object.entries(b))
  const ours = Object.entries(a)
  if (ours.length !== theirs.size) return false
  return ours.every(([name, value]) => theirs.has(name) && isDeepEqual(value, theirs.get(name)))
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value)
}
