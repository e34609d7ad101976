// The quick build: JavaScript without declarations, only for workspaces whose sources changed since the last one.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { withLock } from './lock.mjs'
import { rootFolder } from './workspaces.mjs'

const cacheFolder = join(rootFolder, 'node_modules/.cache/streamcore-build')
const tsup = join(rootFolder, 'node_modules/tsup/dist/cli-default.js')

/** Builds each workspace that is not up to date; two builds at the same time wait for each other. */
export async function buildWorkspaces(workspaces) {
  mkdirSync(cacheFolder, { recursive: true })
  await withLock(join(cacheFolder, 'lock'), async () => {
    for (const each of workspaces) await buildIfChanged(each)
  })
}

async function buildIfChanged(workspace) {
  const sources = sourceFiles(workspace)
  if (!sources.some((path) => path.endsWith('.ts') && path.includes('/src/'))) return
  const stampFile = join(cacheFolder, `${workspace.path.replaceAll('/', '-')}.stamp`)
  const stamp = fingerprint(sources)
  const dist = join(workspace.folder, 'dist')
  if (existsSync(dist) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  await buildBeside(workspace, dist)
  writeFileSync(stampFile, stamp)
}

/** Builds into a folder beside `dist` and exchanges the two, so that nobody ever starts a half-built program. */
async function buildBeside(workspace, dist) {
  const fresh = `${dist}.new`
  const old = `${dist}.old`
  rmSync(fresh, { recursive: true, force: true })
  await runTsup(workspace, ['--no-dts', '--silent', '--out-dir', fresh])
  rmSync(old, { recursive: true, force: true })
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(fresh, dist)
  rmSync(old, { recursive: true, force: true })
}

function runTsup(workspace, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [tsup, ...args], {
      cwd: workspace.folder,
      stdio: ['ignore', process.stderr, process.stderr],
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`The build of ${workspace.name} failed (${signal ?? `exit code ${code}`})`))
    })
  })
}

function sourceFiles({ folder }) {
  const own = ['package.json', 'tsconfig.json', 'tsup.config.ts'].map((name) => join(folder, name))
  const shared = ['package-lock.json', 'tsconfig.base.json'].map((name) => join(rootFolder, name))
  return [...own, ...shared, ...filesBelow(join(folder, 'src'))].filter((path) => existsSync(path))
}

function filesBelow(folder) {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile() && !/\.test(-d)?\.ts$/.test(entry.name))
  return files.map((entry) => join(entry.parentPath, entry.name)).sort()
}

// Time and size of every file, and the list itself: a deleted source is a change too.
function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    const { mtimeMs, size } = statSync(path)
    hash.update(`${relative(rootFolder, path)} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex')
}
