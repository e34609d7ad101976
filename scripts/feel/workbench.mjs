// A temporary folder with the packages as users would get them, and the ways to run things in it.
import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { rootFolder } from '../lib/workspaces.mjs'

const rxjsVersion = '7.8.2'
const tsup = join(rootFolder, 'node_modules/tsup/dist/cli-default.js')

/**
 * Builds and packs the packages, installs them into a folder of their own.
 * `isOnline` is false where npm can reach neither registry nor cache: what installs third parties is left out then, visibly.
 */
export async function openWorkbench() {
  const folder = mkdtempSync(join(tmpdir(), 'streamcore-feel-'))
  const notes = []
  const tarballs = {
    streamcore: pack(folder, 'packages/streamcore'),
    connectors: pack(folder, 'packages/connectors'),
  }
  const rxjs = npm(folder, ['pack', '--silent', `rxjs@${rxjsVersion}`])
  const isOnline = rxjs.status === 0
  if (isOnline) tarballs.rxjs = join(folder, `rxjs-${rxjsVersion}.tgz`)
  else notes.push('installs beside RxJS: the registry can not be reached')
  const workbench = {
    notes,
    isOnline,
    tarballs,
    folder: (name) => {
      const path = join(folder, name)
      rmSync(path, { recursive: true, force: true })
      mkdirSync(path, { recursive: true })
      return path
    },
    install: (path, ...names) => {
      const startedMs = performance.now()
      const args = ['install', '--no-fund', '--no-audit', ...names.map((name) => tarballs[name] ?? name)]
      const { status, stderr } = npm(path, args)
      if (status !== 0) throw new Error(`npm install failed: ${stderr}`)
      return (performance.now() - startedMs) / 1_000
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
  workbench.home = workbench.folder('home')
  if (isOnline) workbench.install(workbench.home, 'streamcore', 'connectors', 'rxjs')
  else linkFromRepository(workbench.home)
  cpSync(join(import.meta.dirname, 'jobs'), workbench.home, { recursive: true })
  writeEvents(join(workbench.home, 'events.jsonl'))
  return workbench
}

/** The input of every job: 100,000 JSON lines, 1,000 keys, 100 lines each. */
export function writeEvents(path, count = 100_000) {
  const lines = []
  for (let n = 0; n < count; n++)
    lines.push(JSON.stringify({ user: `user${(n * 7_919) % 1_000}`, amount: n }))
  writeFileSync(path, `${lines.join('\n')}\n`)
}

/** Command and arguments of `streamcore` as it is installed in a folder. */
export function streamcoreIn(folder) {
  return [process.execPath, join(folder, 'node_modules/streamcore/dist/node/cli/main.js')]
}

/** Runs to the end; gives code, output lines and seconds. */
export function run(folder, command, args, { onStart, stdout = 'pipe' } = {}) {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const child = spawn(command[0], [...command.slice(1), ...args], {
      cwd: folder,
      stdio: ['ignore', stdout, 'pipe'],
    })
    const text = { stdout: '', stderr: '' }
    child.stdout?.on('data', (chunk) => (text.stdout += chunk))
    child.stderr.on('data', (chunk) => (text.stderr += chunk))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const seconds = (performance.now() - startedMs) / 1_000
      resolve({ code, signal, seconds, stdout: linesOf(text.stdout), stderr: linesOf(text.stderr) })
    })
    onStart?.(child)
  })
}

/** The middle of some numbers. */
export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}

function linesOf(text) {
  return text.split('\n').slice(0, -1)
}

/** Builds and packs beside the repository: its own `dist` may be in use. */
function pack(folder, workspace) {
  const from = join(rootFolder, workspace)
  const copy = join(folder, workspace)
  cpSync(from, copy, {
    recursive: true,
    filter: (path) => !['node_modules', 'dist', 'dist.new', 'dist.old'].includes(basename(path)),
  })
  const args = [tsup, '--silent', '--out-dir', join(copy, 'dist')]
  const built = spawnSync(process.execPath, args, { cwd: from, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`The build of ${workspace} failed: ${built.stdout}${built.stderr}`)
  const packed = npm(copy, ['pack', '--silent', '--pack-destination', folder])
  if (packed.status !== 0) throw new Error(`npm pack failed in ${workspace}: ${packed.stderr}`)
  return join(folder, packed.stdout.trim().split('\n').at(-1))
}

function npm(cwd, args) {
  return spawnSync('npm', args, { cwd, encoding: 'utf8' })
}

/** Without a registry the packages come from this repository, so that everything but the installs can still be checked. */
function linkFromRepository(home) {
  const modules = join(home, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(rootFolder, 'node_modules'))) {
    if (!name.startsWith('.') && existsSync(join(rootFolder, 'node_modules', name))) {
      symlinkSync(join(rootFolder, 'node_modules', name), join(modules, name))
    }
  }
}
