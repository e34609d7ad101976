/** The hash by which the threads of one run make sure that they all built the same plan. */
import { canonicalJson, plainJson } from './plain-json.js'
import type { StreamGraph } from './stream-graph.js'

/** 16 hexadecimal digits over nodes, edges and params; functions, names and source lines do not count. */
export function graphHash(graph: StreamGraph): string {
  const nodes = graph.nodes.map(({ name: _name, declaredAt: _declaredAt, ...facts }) => facts)
  return fnv1a64(canonicalJson(plainJson({ nodes, edges: graph.edges, params: graph.params }, 'plan')))
}

/** FNV-1a with 64 bits over UTF-8 bytes, in two halves of 32 bits: every step of a BigInt allocates. */
export function fnv1a64(text: string): string {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of new TextEncoder().encode(text)) {
    low = (low ^ byte) >>> 0
    // Times 0x100000001b3, which is 2 ** 40 + 0x1b3.
    const product = low * 0x1b3
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0
    low = product >>> 0
  }
  return hex(high) + hex(low)
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0')
}
