/** Lets all promises run on before the next virtual event, however deep their chains are. */

/** Resolves in a later macrotask, when no microtask is left. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    // oxlint-disable-next-line no-restricted-globals -- it orders the simulator's own steps and is no source of time
    setImmediate(resolve)
  })
}
