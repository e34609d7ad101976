// LevelDB: the contracts of key-value stores and of checkpoint storages, and who may open a directory.
import { fork } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { nodeDigest } from '../node/node-digest.js'
import { describeCheckpointStorage } from '../testing/contracts/checkpoint-storage.contract.js'
import { describeKeyValueStore } from '../testing/contracts/key-value-store.contract.js'
import { levelCheckpointStorage } from './level-checkpoint-storage.js'
import { LevelKeyValueStore } from './level-key-value-store.js'

const directories: string[] = []

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'streamcore-level-'))
  directories.push(directory)
  return directory
}

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true })
})

describeKeyValueStore('LevelKeyValueStore', async () => {
  const directory = join(await freshDirectory(), 'db')
  let store = await LevelKeyValueStore.open(directory)
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await LevelKeyValueStore.open(directory)
      return store
    },
    openAgain: () => LevelKeyValueStore.open(directory),
    cleanUp: () => store.close(),
  }
})

describeCheckpointStorage('levelCheckpointStorage', async () => {
  const directory = join(await freshDirectory(), 'db')
  let storage = await levelCheckpointStorage(directory)
  return {
    storage,
    digest: nodeDigest,
    reopen: async () => {
      await storage.close()
      storage = await levelCheckpointStorage(directory)
      return storage
    },
    cleanUp: () => storage.close(),
  }
})

describe('LevelKeyValueStore.open', () => {
  it('sees through another name of an open directory', async () => {
    const directory = await freshDirectory()
    const store = await LevelKeyValueStore.open(join(directory, 'db'))
    await symlink(join(directory, 'db'), join(directory, 'alias'))
    await expect(LevelKeyValueStore.open(join(directory, 'alias'))).rejects.toMatchObject({
      code: 'STREAMCORE_LEASE_HELD',
      message: expect.stringContaining('this process'),
    })
    await store.close()
  })

  it('refuses a directory that another process has open', async () => {
    const directory = await freshDirectory()
    const script = join(directory, 'owner.cjs')
    const level = createRequire(import.meta.url).resolve('level')
    await writeFile(
      script,
      `const { Level } = require(${JSON.stringify(level)})
       process.on('message', () => {})
       new Level(process.argv[2]).open().then(() => process.send('open'))`,
    )
    const owner = fork(script, [join(directory, 'db')])
    await new Promise((resolve, reject) => owner.once('message', resolve).once('error', reject))
    await expect(LevelKeyValueStore.open(join(directory, 'db'))).rejects.toMatchObject({
      code: 'STREAMCORE_LEASE_HELD',
      message: expect.stringContaining('another process'),
    })
    const ended = new Promise((resolve) => owner.once('exit', resolve))
    owner.kill('SIGKILL')
    await ended
    const store = await LevelKeyValueStore.open(join(directory, 'db'))
    await store.close()
  })

  it('says that a directory is damaged, and may be tried again', async () => {
    const directory = await freshDirectory()
    const store = await LevelKeyValueStore.open(join(directory, 'db'))
    await store.close()
    await writeFile(join(directory, 'db', 'CURRENT'), 'MANIFEST-999999\n')
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(LevelKeyValueStore.open(join(directory, 'db'))).rejects.toMatchObject({
        code: 'STREAMCORE_IO',
        details: { path: expect.stringContaining('db') },
      })
    }
  })

  it('creates the directories above it, and removes its own when it was temporary', async () => {
    const directory = await freshDirectory()
    for (const isTemporary of [false, true]) {
      const store = await LevelKeyValueStore.open(join(directory, 'a', 'b', 'c'), { isTemporary })
      await store.close()
      expect(await readdir(join(directory, 'a', 'b'))).toEqual(isTemporary ? [] : ['c'])
      await rm(join(directory, 'a'), { recursive: true })
    }
  })

  it('says that a directory can not be created', async () => {
    const directory = await freshDirectory()
    await writeFile(join(directory, 'file'), '')
    await expect(LevelKeyValueStore.open(join(directory, 'file', 'db'))).rejects.toMatchObject({
      code: 'STREAMCORE_IO',
    })
  })
})
