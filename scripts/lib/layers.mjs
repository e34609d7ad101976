// Who may import whom, and the search for imports that break it.
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import ts from 'typescript'
import { isTest } from './source-files.mjs'

/** Folders of packages/streamcore/src: each may import itself and these. Imports only point down. */
const layers = {
  contracts: [],
  serde: ['contracts'],
  windowing: ['contracts'],
  state: ['serde', 'contracts'],
  checkpoint: ['state', 'serde', 'contracts'],
  operators: ['state', 'checkpoint', 'serde', 'windowing', 'contracts'],
  graph: ['contracts'],
  runtime: ['graph', 'operators', 'checkpoint', 'state', 'serde', 'windowing', 'contracts'],
  api: ['graph', 'windowing', 'contracts'],
}

/** Entry points stand above all layers; nothing below imports them. */
const entries = {
  // The default state of `execute({ state: './state' })` is LevelDB, loaded when it is asked for.
  node: ['leveldb'],
  leveldb: [],
  testing: [],
  // A simulated port passes the contract suite of the real one.
  simulation: ['testing'],
}

/** Libraries, by the only folders that may know them; everything else is closed to all others. */
const libraries = [
  { folders: /^packages\/streamcore\/src\/serde\//, names: ['msgpackr'] },
  { folders: /^packages\/streamcore\/src\/operators\//, names: ['p-queue'] },
  { folders: /^packages\/streamcore\/src\/node\//, names: ['amaro'] },
  { folders: /^packages\/streamcore\/src\/leveldb\//, names: ['level'] },
  { folders: /^packages\/streamcore\/src\/testing\//, names: ['vitest', 'fast-check'] },
  { folders: /^packages\/connectors\/src\/files\//, names: ['csv-parse', 'iconv-lite'] },
  { folders: /^packages\/connectors\/src\/postgres\//, names: ['pg', '@electric-sql/pglite'] },
]

const ownPackages = ['streamcore', '@streamcore/connectors', '@streamcore/banking-import']

const nodeBuiltins = new Set(builtinModules)
const mayUseNode = [
  /^packages\/streamcore\/src\/(node|leveldb)\//,
  /^packages\/streamcore\/mutants\//,
  /^packages\/connectors\/src\/[^/]+\/client\//,
  /^packages\/connectors\/src\/.*-client\.ts$/,
  /^apps\/[^/]+\/src\/(.*\/)?main\.ts$/,
  /^apps\/[^/]+\/src\/cli\//,
  /^(examples|bench)\//,
  /\.config\.ts$/,
]

/**
 * Every import that breaks a rule, as one line each: where, what, and what to do instead.
 * @param {import('./source-files.mjs').SourceFile[]} files
 * @returns {string[]}
 */
export function findLayerBreaches(files) {
  return files.flatMap(({ path, text }) => {
    const { importedFiles } = ts.preProcessFile(text, true, true)
    return importedFiles.flatMap(({ fileName }) => {
      const breach = fileName.startsWith('.') ? judgeRelative(path, fileName) : judgePackage(path, fileName)
      return breach === undefined ? [] : [`${path}: imports ${fileName}: ${breach}`]
    })
  })
}

function judgeRelative(path, specifier) {
  const target = posix.join(posix.dirname(path), specifier)
  const from = workspaceOf(path)
  if (workspaceOf(target) !== from) return 'another workspace is reached through its public entries only'
  if (from !== 'packages/streamcore' || isTest(path)) return undefined
  return judgeFolders(folderOf(path), folderOf(target))
}

function judgeFolders(from, to) {
  if (from === to || from === undefined) return undefined
  if (to === undefined) return 'src/index.ts is the way in for users; import the file that owns the name'
  if (from === 'index') return to in layers ? undefined : `the root entry stays free of ${to}/, a sub-entry`
  if (from in entries && (to in layers || entries[from].includes(to))) return undefined
  if (from in layers && layers[from].includes(to)) return undefined
  if (!(from in layers) && !(from in entries))
    return `${from}/ is not in the table of layers (scripts/lib/layers.mjs)`
  const allowed = [...(from in entries ? Object.keys(layers) : []), ...(layers[from] ?? entries[from])]
  return `${from}/ may import ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}`
}

function judgePackage(path, specifier) {
  const name = specifier.startsWith('node:') ? specifier : packageNameOf(specifier)
  if (name.startsWith('node:') || nodeBuiltins.has(name)) {
    const allowed = isTest(path) || mayUseNode.some((pattern) => pattern.test(path))
    return allowed
      ? undefined
      : 'Node is reached through a port; its modules belong to node/, leveldb/, clients and main files'
  }
  if (ownPackages.includes(name)) return judgeOwnPackage(path, name)
  if (isTest(path) || !path.startsWith('packages/') || !path.includes('/src/')) return undefined
  const owners = libraries.filter((each) => each.names.includes(name))
  if (owners.some((each) => each.folders.test(path))) return undefined
  return `${name} is not among the libraries this folder may know (scripts/lib/layers.mjs)`
}

function judgeOwnPackage(path, name) {
  if (path.startsWith('packages/streamcore/')) {
    return isTest(path) && name === 'streamcore'
      ? undefined
      : 'the engine knows nothing above it; inside, import by relative path'
  }
  if (name === '@streamcore/banking-import' && !path.startsWith('apps/banking-import/')) {
    return 'an app is not a library'
  }
  return undefined
}

function workspaceOf(path) {
  const parts = path.split('/')
  return ['packages', 'apps'].includes(parts[0]) ? `${parts[0]}/${parts[1]}` : parts[0]
}

// `index` for the root entry itself, undefined for anything outside src/.
function folderOf(path) {
  const match = /^packages\/streamcore\/src\/(?:([^/]+)\/|(index)\.[jt]s$)/.exec(path)
  return match?.[1] ?? match?.[2]
}

function packageNameOf(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
