/** Which files a source reads: named ones, or those of a directory whose names match. */
import {
  type FileSystem,
  type JsonValue,
  type RejectedInput,
  type SourceBatch,
  type SourceSplit,
  type SplitEnumerator,
  type SplitReader,
  StreamcoreError,
} from 'streamcore'

/** Where the files are. */
export type FileSelection =
  | { readonly files: readonly string[] }
  /** `pattern` may hold `*` for any run of characters; `*` by default. Names that begin with a dot are left out. */
  | { readonly directory: string; readonly pattern?: string; readonly watch?: boolean }

/** One split per file, in the order of the list or of the names. */
export function fileSplits(fileSystem: FileSystem, selection: FileSelection): SplitEnumerator {
  return {
    async discover() {
      const paths = 'files' in selection ? selection.files : await listMatching(fileSystem, selection)
      return paths.map((path) => ({ id: path, info: { path } }))
    },
    close: () => Promise.resolve(),
  }
}

/** The selection as plain data. */
export function selectionToJson(selection: FileSelection): JsonValue {
  if ('files' in selection) return { files: [...selection.files] }
  return { directory: selection.directory, pattern: selection.pattern ?? '*' }
}

async function listMatching(
  fileSystem: FileSystem,
  { directory, pattern = '*' }: Extract<FileSelection, { directory: string }>,
): Promise<readonly string[]> {
  const names = await fileSystem.list(directory)
  const matching = names.filter((name) => !name.startsWith('.') && matchesPattern(name, pattern))
  const paths = matching.map((name) => `${directory}/${name}`)
  const statuses = await Promise.all(paths.map((path) => fileSystem.status(path)))
  return paths.filter((_, index) => statuses[index]?.isDirectory === false)
}

/** Whether a name matches a pattern with `*`; linear in the name for each star. */
export function matchesPattern(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return name === pattern
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - at >= last.length && name.endsWith(last)
}

/** The path that a split names. */
export function pathOfSplit({ id, info }: SourceSplit): string {
  if (typeof info === 'object' && info !== null && 'path' in info && typeof info.path === 'string')
    return info.path
  throw new StreamcoreError(
    'STREAMCORE_RESTORE',
    `Expected split '${id}' to name a path, got ${JSON.stringify(info)}`,
  )
}

/** Where a file stands that was rejected as a whole: it is not looked at again. */
export const rejectedPosition = 'rejected'

/** A reader that gives one rejected input, for a file that cannot be read at all; the rest of the import goes on. */
export function rejectingReader(place: string, reason: string, raw = ''): SplitReader<never> {
  return oneBatchReader(place, [{ beforeIndex: 0, place, reason, raw }])
}

/** The reader of a file that was rejected before a restart. */
export function rejectedReader(path: string): SplitReader<never> {
  return oneBatchReader(path, [])
}

function oneBatchReader(place: string, rejected: readonly RejectedInput[]): SplitReader<never> {
  const batch: SourceBatch<never> = {
    records: [],
    rejected,
    positionAfter: () => rejectedPosition,
    endPosition: rejectedPosition,
    placeOf: () => place,
    isEnd: true,
  }
  return { fetch: () => Promise.resolve(batch), close: () => Promise.resolve() }
}
