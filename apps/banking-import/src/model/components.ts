/** Strongly connected components of a directed graph (Tarjan), without recursion so that depth has no limit. */

/**
 * The component of each node, numbered in reverse topological order: if a path leads from one component to another, the
 * other one has the smaller number. `targets[i]` are the nodes that node `i` points at.
 */
export function componentsOf(targets: readonly (readonly number[])[]): readonly number[] {
  const component = new Array<number>(targets.length).fill(-1)
  const order = new Array<number>(targets.length).fill(-1)
  const lowest = new Array<number>(targets.length).fill(-1)
  const open: number[] = []
  let visited = 0
  let components = 0
  for (let root = 0; root < targets.length; root += 1) {
    if (order[root] !== -1) continue
    const path = [{ node: root, next: 0 }]
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { node } = step
      if (step.next === 0) {
        order[node] = lowest[node] = visited
        visited += 1
        open.push(node)
      }
      const target = targets[node]?.[step.next]
      step.next += 1
      if (target === undefined) {
        path.pop()
        const parent = path.at(-1)?.node
        if (parent !== undefined) lowest[parent] = Math.min(lowest[parent] ?? 0, lowest[node] ?? 0)
        if (lowest[node] !== order[node]) continue
        let member: number | undefined
        do {
          member = open.pop()
          if (member !== undefined) component[member] = components
        } while (member !== node && member !== undefined)
        components += 1
      } else if (order[target] === -1) {
        path.push({ node: target, next: 0 })
      } else if (component[target] === -1) {
        lowest[node] = Math.min(lowest[node] ?? 0, order[target] ?? 0)
      }
    }
  }
  return component
}
