// Goal 1: what `npm install streamcore` costs.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { median } from './workbench.mjs'

const rounds = 3

/** Time beside an install of RxJS, size, packages, install scripts. */
export async function checkInstall(workbench) {
  if (!workbench.isOnline) return []
  // The first round warms npm's cache and does not count.
  const seconds = { streamcore: [], rxjs: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const name of ['streamcore', 'rxjs']) {
      const took = workbench.install(workbench.folder(`install-${name}`), name)
      if (round > 0) seconds[name].push(took)
    }
  }
  const folder = workbench.folder('install-streamcore')
  workbench.install(folder, 'streamcore')
  const [ours, theirs] = [median(seconds.streamcore), median(seconds.rxjs)]
  const limit = Math.max(2, theirs * 1.1)
  const megabytes = bytesBelow(join(folder, 'node_modules')) / 1_000_000
  const installed = Object.entries(
    JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')).packages,
  )
  const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)
  return [
    {
      goal: '1 install, seconds',
      figure: `${ours.toFixed(2)} s, RxJS ${theirs.toFixed(2)} s`,
      limit: `${limit.toFixed(2)} s`,
      ok: ours <= limit,
    },
    { goal: '1 install, size', figure: `${megabytes.toFixed(1)} MB`, limit: '10 MB', ok: megabytes <= 10 },
    { goal: '1 install, packages', figure: String(installed.length), limit: '8', ok: installed.length <= 8 },
    {
      goal: '1 install, scripts',
      figure: scripts.join(' ') || 'none',
      limit: 'none',
      ok: scripts.length === 0,
    },
  ]
}

function bytesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? bytesBelow(path) : statSync(path).size)
  }, 0)
}
