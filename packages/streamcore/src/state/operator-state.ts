/** Operator state: state of a subtask without a key, and how it is dealt out again when the parallelism changes. */
import { assert } from '../contracts/assert.js'

/**
 * How operator state is redistributed. `list`: the items of all subtasks are dealt out evenly. `union`: every subtask gets
 * the items of all. `broadcast`: all subtasks held the same items, every new one gets them once.
 */
export type OperatorStateMode = 'list' | 'union' | 'broadcast'

/**
 * The items each of `newParallelism` subtasks starts with, from those the old subtasks held, in order of their index.
 * With an unchanged parallelism every subtask of a `list` gets exactly what it had.
 */
export function redistribute<T>(
  mode: OperatorStateMode,
  statesOfOldSubtasks: readonly (readonly T[])[],
  newParallelism: number,
): readonly (readonly T[])[] {
  assert(Number.isInteger(newParallelism) && newParallelism >= 1, 'the new parallelism is at least 1')
  switch (mode) {
    case 'list':
      return statesOfOldSubtasks.length === newParallelism
        ? statesOfOldSubtasks
        : dealtOut(
            statesOfOldSubtasks.flatMap((items) => items),
            newParallelism,
          )
    case 'union': {
      const all = statesOfOldSubtasks.flatMap((items) => items)
      return Array.from({ length: newParallelism }, () => all)
    }
    case 'broadcast': {
      const old = statesOfOldSubtasks.length
      return Array.from({ length: newParallelism }, (_, index) =>
        old === 0 ? [] : statesOfOldSubtasks[index % old]!,
      )
    }
  }
}

function dealtOut<T>(items: readonly T[], parallelism: number): readonly (readonly T[])[] {
  const shares: T[][] = Array.from({ length: parallelism }, () => [])
  for (const [index, item] of items.entries()) shares[index % parallelism]!.push(item)
  return shares
}
