// The workspaces of this repository, in the order in which they must be built.
import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

/** Absolute path of the repository's root. */
export const rootFolder = resolve(import.meta.dirname, '../..')

/**
 * @typedef {object} Workspace
 * @property {string} name the package's name
 * @property {string} folder absolute path
 * @property {string} path path below the root, with forward slashes
 * @property {Record<string, any>} manifest its package.json
 */

/** Every workspace; what another one depends on comes first. @returns {Workspace[]} */
export function listWorkspaces() {
  const manifest = readJson(join(rootFolder, 'package.json'))
  const found = manifest.workspaces
    .flatMap((pattern) =>
      pattern.endsWith('/*') ? subFolders(pattern.slice(0, -2)) : [join(rootFolder, pattern)],
    )
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map(readWorkspace)
  return dependenciesFirst(found)
}

/** The workspace with this name or path, and before it those it depends on. @returns {Workspace[]} */
export function workspaceWithDependencies(nameOrPath) {
  const all = listWorkspaces()
  const wanted = all.find((each) => each.name === nameOrPath || each.path === nameOrPath.replace(/\/$/, ''))
  if (wanted === undefined) {
    const known = all.map((each) => each.path).join(', ')
    throw new Error(`Expected a workspace, got \`${nameOrPath}\`; there are ${known}`)
  }
  const needed = new Set([wanted.name])
  for (const each of [...all].reverse()) {
    if (needed.has(each.name)) for (const name of dependencyNames(each)) needed.add(name)
  }
  return all.filter((each) => needed.has(each.name))
}

function subFolders(parent) {
  const folder = join(rootFolder, parent)
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name))
}

function readWorkspace(folder) {
  const manifest = readJson(join(folder, 'package.json'))
  return { name: manifest.name, folder, path: relative(rootFolder, folder).replaceAll('\\', '/'), manifest }
}

function dependencyNames({ manifest }) {
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies })
}

function dependenciesFirst(workspaces) {
  const byName = new Map(workspaces.map((each) => [each.name, each]))
  const ordered = new Set()
  const visit = (each, path) => {
    if (path.includes(each.name))
      throw new Error(`Workspaces depend on each other: ${[...path, each.name].join(' → ')}`)
    for (const name of dependencyNames(each)) {
      const dependency = byName.get(name)
      if (dependency !== undefined) visit(dependency, [...path, each.name])
    }
    ordered.add(each)
  }
  for (const each of workspaces) visit(each, [])
  return [...ordered]
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
