// The TypeScript files of the repository that checks look at.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { listWorkspaces, rootFolder } from './workspaces.mjs'

const skipped = new Set(['node_modules', 'dist', 'dist.new', 'dist.old', '.turbo', 'golden'])

/** @typedef {{ path: string, text: string }} SourceFile  its path is below the root, with forward slashes */

/** Every TypeScript file of every workspace. @returns {SourceFile[]} */
export function listSourceFiles() {
  return listWorkspaces()
    .flatMap(({ folder }) => filesBelow(folder))
    .map(readSource)
}

/** A test, a type test, or a file of a workspace's test folder: exempt from rules about shipped code. */
export function isTest(path) {
  return /\.test(-d)?\.ts$/.test(path) || path.split('/').includes('test')
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

function readSource(path) {
  return { path: relative(rootFolder, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }
}
