/** What every file system must do: run on the files of this machine and on the simulated disk. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FileSystem } from '../../contracts/ports/file-system.js'

/** A file system under test and an empty directory of it. */
export interface FileSystemFixture {
  readonly fileSystem: FileSystem
  readonly directory: string
  cleanUp(): Promise<void>
}

/** Declares the suite; `open` gives a fresh, empty directory for each test. */
export function describeFileSystem(name: string, open: () => Promise<FileSystemFixture>): void {
  describe(`${name} as a file system`, () => {
    let fixture: FileSystemFixture

    beforeEach(async () => {
      fixture = await open()
    })
    afterEach(() => fixture.cleanUp())

    describe('files', () => describeFiles(() => fixture))
    describe('names', () => describeNames(() => fixture))
    describe('directories', () => describeDirectories(() => fixture))
  })
}

async function writeText(fileSystem: FileSystem, path: string, text: string): Promise<void> {
  const file = await fileSystem.open(path, 'create')
  await file.write(new TextEncoder().encode(text))
  await file.sync()
  await file.close()
}

async function readText(fileSystem: FileSystem, path: string): Promise<string> {
  const file = await fileSystem.open(path, 'read')
  const bytes = await file.read(0, 1_000_000)
  await file.close()
  return new TextDecoder().decode(bytes)
}

function describeFiles(fixture: () => FileSystemFixture): void {
  it('reads what was written, in any pieces', async () => {
    const { fileSystem, directory } = fixture()
    const path = `${directory}/a`
    const file = await fileSystem.open(path, 'create')
    await file.write(Uint8Array.of(1, 2, 3))
    await file.write(new Uint8Array())
    await file.write(Uint8Array.of(4, 5))
    await file.sync()
    await file.close()
    const reader = await fileSystem.open(path, 'read')
    expect(await reader.read(0, 5)).toEqual(Uint8Array.of(1, 2, 3, 4, 5))
    expect(await reader.read(3, 100)).toEqual(Uint8Array.of(4, 5))
    expect(await reader.read(1, 2)).toEqual(Uint8Array.of(2, 3))
    expect((await reader.read(5, 1)).length).toBe(0)
    expect((await reader.read(50, 1)).length).toBe(0)
    await reader.close()
    expect(await fileSystem.status(path)).toMatchObject({ sizeBytes: 5, isDirectory: false })
  })

  it('truncates with create, appends with append, refuses with create-exclusive', async () => {
    const { fileSystem, directory } = fixture()
    const path = `${directory}/a`
    await writeText(fileSystem, path, 'a long first text')
    await writeText(fileSystem, path, 'short')
    expect(await readText(fileSystem, path)).toBe('short')
    const file = await fileSystem.open(path, 'append')
    await file.write(new TextEncoder().encode('er'))
    await file.close()
    expect(await readText(fileSystem, path)).toBe('shorter')
    await expect(fileSystem.open(path, 'create-exclusive')).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
    expect(await readText(fileSystem, path)).toBe('shorter')
    await (await fileSystem.open(`${directory}/new`, 'create-exclusive')).close()
    expect(await fileSystem.status(`${directory}/new`)).toMatchObject({ sizeBytes: 0 })
  })

  it('says that a file is missing', async () => {
    const { fileSystem, directory } = fixture()
    const path = `${directory}/missing`
    await expect(fileSystem.open(path, 'read')).rejects.toMatchObject({
      code: 'STREAMCORE_IO',
      details: { path },
    })
    expect(await fileSystem.status(path)).toBeUndefined()
    await fileSystem.remove(path)
    await expect(fileSystem.rename(path, `${directory}/b`)).rejects.toMatchObject({ code: 'STREAMCORE_IO' })
    await expect(fileSystem.linkExclusive(path, `${directory}/b`)).rejects.toMatchObject({
      code: 'STREAMCORE_IO',
    })
    await expect(fileSystem.open(`${directory}/no/file`, 'create')).rejects.toMatchObject({
      code: 'STREAMCORE_IO',
    })
  })

  it('keeps an open file readable after its name is gone', async () => {
    const { fileSystem, directory } = fixture()
    await writeText(fileSystem, `${directory}/a`, 'still here')
    const file = await fileSystem.open(`${directory}/a`, 'read')
    await fileSystem.remove(`${directory}/a`)
    expect(new TextDecoder().decode(await file.read(0, 100))).toBe('still here')
    await file.close()
  })
}

function describeNames(fixture: () => FileSystemFixture): void {
  it('renames over an existing file', async () => {
    const { fileSystem, directory } = fixture()
    await writeText(fileSystem, `${directory}/a`, 'new')
    await writeText(fileSystem, `${directory}/b`, 'old')
    await fileSystem.rename(`${directory}/a`, `${directory}/b`)
    expect(await readText(fileSystem, `${directory}/b`)).toBe('new')
    expect(await fileSystem.list(directory)).toEqual(['b'])
  })

  it('renames into another directory', async () => {
    const { fileSystem, directory } = fixture()
    await fileSystem.makeDirectory(`${directory}/sub`)
    await writeText(fileSystem, `${directory}/a`, 'moved')
    await fileSystem.rename(`${directory}/a`, `${directory}/sub/b`)
    expect(await readText(fileSystem, `${directory}/sub/b`)).toBe('moved')
    expect(await fileSystem.list(directory)).toEqual(['sub'])
  })

  it('links to a free name only', async () => {
    const { fileSystem, directory } = fixture()
    await writeText(fileSystem, `${directory}/a`, 'first')
    await writeText(fileSystem, `${directory}/b`, 'second')
    expect(await fileSystem.linkExclusive(`${directory}/a`, `${directory}/slot`)).toBe(true)
    expect(await fileSystem.linkExclusive(`${directory}/b`, `${directory}/slot`)).toBe(false)
    await fileSystem.remove(`${directory}/a`)
    expect(await readText(fileSystem, `${directory}/slot`)).toBe('first')
  })

  it('lets exactly one of many linkers win', async () => {
    const { fileSystem, directory } = fixture()
    const names = Array.from({ length: 20 }, (_, index) => `${directory}/candidate-${index}`)
    for (const name of names) await writeText(fileSystem, name, name)
    const won = await Promise.all(names.map((name) => fileSystem.linkExclusive(name, `${directory}/slot`)))
    const winners = names.filter((_, index) => won[index])
    expect(winners).toHaveLength(1)
    expect(await readText(fileSystem, `${directory}/slot`)).toBe(winners[0])
  })

  it('lists names in order', async () => {
    const { fileSystem, directory } = fixture()
    for (const name of ['b', 'a10', 'a9', 'C']) await writeText(fileSystem, `${directory}/${name}`, '')
    expect(await fileSystem.list(directory)).toEqual(['C', 'a10', 'a9', 'b'])
    expect(await fileSystem.list(`${directory}/missing`)).toEqual([])
  })
}

function describeDirectories(fixture: () => FileSystemFixture): void {
  it('creates a directory with its parents, again and again', async () => {
    const { fileSystem, directory } = fixture()
    await fileSystem.makeDirectory(`${directory}/x/y/z`)
    await fileSystem.makeDirectory(`${directory}/x/y/z`)
    expect(await fileSystem.status(`${directory}/x/y`)).toMatchObject({ isDirectory: true })
    expect(await fileSystem.list(`${directory}/x`)).toEqual(['y'])
    await writeText(fileSystem, `${directory}/x/y/z/file`, 'deep')
    await fileSystem.syncDirectory(`${directory}/x/y/z`)
    expect(await readText(fileSystem, `${directory}/x/y/z/file`)).toBe('deep')
  })

  it('refuses to sync a directory that is missing', async () => {
    const { fileSystem, directory } = fixture()
    await expect(fileSystem.syncDirectory(`${directory}/missing`)).rejects.toMatchObject({
      code: 'STREAMCORE_IO',
    })
  })
}
