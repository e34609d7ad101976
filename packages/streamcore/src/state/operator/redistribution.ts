/** How operator state is dealt out again at a restore. */
import { assert } from '../../contracts/assert.js'
import type { OperatorStateKind } from '../../contracts/state/operator-state.js'

/** Where an element of a state stood in the checkpoint. */
export interface FormerPlace {
  /** The subtask that held it. */
  readonly subtaskIndex: number
  /** Counts the elements of the state over all subtasks, in their order. */
  readonly index: number
}

/** The subtask that is restored, and how many there were. */
export interface RestoredSubtask {
  readonly subtaskIndex: number
  readonly parallelism: number
  readonly formerParallelism: number
}

/** Whether the subtask gets this element. Every subtask asks for all elements; together they lose none and double no split list's. */
export function takesElement(
  kind: OperatorStateKind,
  former: FormerPlace,
  subtask: RestoredSubtask,
): boolean {
  const { subtaskIndex, parallelism, formerParallelism } = subtask
  assert(subtaskIndex >= 0 && subtaskIndex < parallelism, 'the subtask index is below the parallelism')
  switch (kind) {
    case 'split-list':
      return parallelism === formerParallelism
        ? former.subtaskIndex === subtaskIndex
        : former.index % parallelism === subtaskIndex
    case 'union-list':
      return true
    case 'broadcast':
      // Only the first subtask has stored its copy.
      return true
  }
}
