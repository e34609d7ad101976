/** Lets this thread import TypeScript files, whatever Node.js it runs on. */
import { register } from 'node:module'

let isRegistered = false

/**
 * From now on `import()` understands `.ts` and `.mts` files with erasable types, and finds `streamcore` for files that have
 * no installed copy of it. Asking again does nothing.
 */
export function registerTypeStripping(): void {
  if (isRegistered) return
  isRegistered = true
  // Below dist/ as below src/, chunks included, this file is one folder deep: the hooks are found from any of them.
  register(new URL('../node/type-stripping-hooks.js', import.meta.url))
}

/** Whether a module needs {@link registerTypeStripping} to be imported. */
export function isTypeScript(url: URL): boolean {
  return /\.m?ts$/.test(url.pathname)
}
