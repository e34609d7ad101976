// When peers on Java are built, and when they are left alone. Nothing here starts Java or Maven.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { buildJavaModule } from './java-build.js'
import type { VersionProbe } from './java-tools.js'

const java = 'openjdk version "17.0.15"'
const onlyJava: VersionProbe = (program) => (program === 'java' ? java : undefined)
const sources = ['jet/pom.xml', 'jet/src/Peer.java', 'pom.xml', 'workloads/src/Generator.java']

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'java-build-'))
  for (const path of sources) write(path, `contents of ${path}`)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('needs neither Maven nor a build while the sources are those it was built from', async () => {
  write('jet/target/built-from', fingerprint())
  expect(await built(onlyJava)).toEqual({ problem: undefined, said: [] })
})

it('is built again once a source has changed', async () => {
  write('jet/target/built-from', fingerprint())
  write('workloads/src/Generator.java', 'something else')
  expect((await built(onlyJava)).problem).toContain('no Maven here')
})

it('does not mind what lies in target folders', async () => {
  write('jet/target/built-from', fingerprint())
  write('workloads/target/workloads-1.jar', 'a jar')
  expect((await built(onlyJava)).problem).toBeUndefined()
})

it('is of no use without Java, built or not', async () => {
  write('jet/target/built-from', fingerprint())
  expect((await built(() => undefined)).problem).toContain('no Java here')
})

async function built(probe: VersionProbe) {
  const said: string[] = []
  const problem = await buildJavaModule('jet', { folder, probe, say: (line) => said.push(line) })
  return { problem, said }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

/** All sources, the module's last. */
function fingerprint(): string {
  const hash = createHash('sha256')
  for (const path of ['pom.xml', 'workloads/src/Generator.java', 'jet/pom.xml', 'jet/src/Peer.java']) {
    hash.update(`${path}\ncontents of ${path}`)
  }
  return hash.digest('hex')
}
