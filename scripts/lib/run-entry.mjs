// Builds what a workspace's program needs and runs it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildWorkspaces } from './build.mjs'
import { runChild } from './run-child.mjs'
import { workspaceWithDependencies } from './workspaces.mjs'

/** Runs `<workspace>/dist/<entry>.js` with these arguments, in the caller's folder; resolves to its exit code. */
export async function runEntry(nameOrPath, entry, args) {
  const workspaces = workspaceWithDependencies(nameOrPath)
  const wanted = workspaces.at(-1)
  await buildWorkspaces(workspaces)
  const program = join(wanted.folder, 'dist', `${entry}.js`)
  if (!existsSync(program)) {
    throw new Error(`Expected ${wanted.path}/src/${entry}.ts, built to ${program}; there is no such program`)
  }
  // npm changes to the root folder; paths among the arguments are meant from where the user stands.
  const cwd = process.env.INIT_CWD ?? process.cwd()
  return runChild(process.execPath, ['--enable-source-maps', program, ...args], { cwd })
}
