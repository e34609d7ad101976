/** Which worker runs which subtask: those with the same index share one, so that only real exchanges cross threads. */

/** The worker of a subtask. */
export function workerOfSubtask(subtaskIndex: number, workerCount: number): number {
  return subtaskIndex % workerCount
}
