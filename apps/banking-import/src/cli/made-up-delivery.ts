/** A delivery to test with: the one that was named, or one that is made up for this run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeFileSystem } from 'streamcore/node'
import { generate } from '../generate/generate.js'

/** About 5,500 records: a second or so, so that many imports are hit, and all of their moments. */
const madeUp = { like: 'berka', scale: 0.2, movementsPerAccount: 1 } as const

/** Runs with a directory; a made-up one is removed afterwards. */
export async function withDelivery<T>(
  { directory, seed }: { readonly directory: string | undefined; readonly seed: number },
  run: (directory: string) => Promise<T>,
): Promise<T> {
  if (directory !== undefined) return await run(directory)
  const temporary = mkdtempSync(join(tmpdir(), 'banking-made-up-'))
  try {
    const { directories } = await generate({
      ...madeUp,
      directory: temporary,
      files: new NodeFileSystem(),
      seed,
    })
    return await run(directories[0] ?? temporary)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
