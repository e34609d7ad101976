// A lock file that installs only here is found, and completed.
import { describe, expect, it } from 'vitest'
import { completeLockfile, findLockfileProblems, platformOf } from './lockfile.mjs'

function lockfile() {
  const optionalDependencies = { '@tool/linux-x64': '1.0.0', '@tool/darwin-arm64': '1.0.0' }
  return {
    packages: {
      '': { name: 'root' },
      'node_modules/other/node_modules/tool': { version: '1.0.0', dev: true, optionalDependencies },
      'node_modules/@tool/linux-x64': { version: '1.0.0', optional: true },
    },
  }
}

describe('lock file', () => {
  it('misses a platform package that is nowhere on the way out', () => {
    expect(findLockfileProblems(lockfile())).toEqual([expect.stringContaining('@tool/darwin-arm64')])
  })

  it('has an entry beside its owner after completion', () => {
    const completed = lockfile()
    expect(completeLockfile(completed)).toBe(1)
    expect(findLockfileProblems(completed)).toEqual([])
    expect(completed.packages['node_modules/other/node_modules/@tool/darwin-arm64']).toEqual({
      version: '1.0.0',
      cpu: ['arm64'],
      os: ['darwin'],
      dev: true,
      optional: true,
    })
  })

  it('holds no download addresses', () => {
    const resolved = 'https://registry.example/tool.tgz'
    expect(findLockfileProblems({ packages: { 'node_modules/tool': { resolved } } })).toHaveLength(1)
  })

  it.each([
    ['@rollup/rollup-linux-arm-musleabihf', { cpu: ['arm'], libc: ['musl'], os: ['linux'] }],
    ['@rollup/rollup-linux-x64-musl', { cpu: ['x64'], libc: ['musl'], os: ['linux'] }],
    ['@turbo/windows-64', { cpu: ['x64'], os: ['win32'] }],
    ['@biomejs/cli-linux-arm64', { cpu: ['arm64'], os: ['linux'] }],
    ['@oxlint/binding-android-arm-eabi', { cpu: ['arm'], os: ['android'] }],
  ])('reads the platform of %s from its name', (name, platform) => {
    expect(platformOf(name)).toEqual(platform)
  })

  it('refuses to guess a platform', () => {
    expect(() => platformOf('@tool/mystery')).toThrow('by hand')
  })
})
