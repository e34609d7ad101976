/** The hash by which the threads of one run make sure that they all built the same plan. */
import { canonicalJson, plainJson } from './plain-json.js'
import type { StreamGraph } from './stream-graph.js'

/** 16 hexadecimal digits over nodes, edges and params; functions, names and source lines do not count. */
export function graphHash(graph: StreamGraph): string {
  const nodes = graph.nodes.map(({ name: _name, declaredAt: _declaredAt, ...facts }) => facts)
  return fnv1a64(canonicalJson(plainJson({ nodes, edges: graph.edges, params: graph.params }, 'plan')))
}

/** FNV-1a with 64 bits over UTF-8 bytes. */
export function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  }
  return hash.toString(16).padStart(16, '0')
}
