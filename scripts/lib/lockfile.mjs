// The lock file must fit every platform and every registry: all platform packages in it, no download addresses.
import { dirname } from 'node:path/posix'

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const processors = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]

/** What is wrong with the lock file, one line each. @returns {string[]} */
export function findLockfileProblems(lockfile) {
  const addressed = Object.entries(lockfile.packages).filter(([, entry]) =>
    /^https?:/.test(entry.resolved ?? ''),
  )
  return [
    ...addressed.map(([path]) => `${path}: holds a download address`),
    ...missingEntries(lockfile).map(
      ({ name, owner }) => `${owner}: its platform package ${name} has no entry`,
    ),
  ]
}

/**
 * Adds an entry for each platform package that is missing, and returns how many those were.
 * npm leaves out what the registry in use does not carry, and `npm ci` refuses the result, there and everywhere else.
 */
export function completeLockfile(lockfile) {
  const missing = missingEntries(lockfile)
  for (const { name, version, owner } of missing) {
    const folder = owner.slice(0, owner.lastIndexOf('node_modules/'))
    const { dev } = lockfile.packages[owner]
    const { cpu, libc, os } = platformOf(name)
    // In npm's order, so that the next install changes nothing.
    const entry = { version, cpu, ...(dev && { dev }), ...(libc && { libc }), optional: true, os }
    lockfile.packages[`${folder}node_modules/${name}`] = entry
  }
  const sorted = Object.entries(lockfile.packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
  lockfile.packages = Object.fromEntries(sorted)
  return missing.length
}

function missingEntries({ packages }) {
  return Object.entries(packages).flatMap(([owner, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isFound(packages, owner, name))
      .map(([name, version]) => ({ owner, name, version })),
  )
}

// As Node looks a package up: in the nearest node_modules, then further out.
function isFound(packages, owner, name) {
  for (let folder = owner; ; folder = dirname(folder)) {
    const prefix = folder === '.' || folder === '' ? '' : `${folder}/`
    if (`${prefix}node_modules/${name}` in packages) return true
    if (prefix === '') return false
  }
}

/** `os`, `cpu` and `libc` from a name such as `@rollup/rollup-linux-arm-musleabihf`. */
export function platformOf(name) {
  const parts = name
    .split(/[/-]/)
    .map((part) => (part === 'windows' ? 'win32' : part === '64' ? 'x64' : part))
  const os = systems.find((each) => parts.includes(each))
  const cpu = processors.find((each) => parts.includes(each))
  if (os === undefined || cpu === undefined) {
    throw new Error(`Expected a system and a processor in the name of ${name}; add its lock entry by hand`)
  }
  const isMusl = parts.some((part) => part.startsWith('musl'))
  return { cpu: [cpu], ...(isMusl && { libc: ['musl'] }), os: [os] }
}
