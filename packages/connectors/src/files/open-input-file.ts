/** Opens an input file at a position, or says why it cannot be read. */
import {
  type FileSystem,
  type JsonValue,
  type OpenFile,
  type SourceSplit,
  type SplitReader,
  StreamcoreError,
} from 'streamcore'
import { pathOfSplit, rejectedPosition, rejectedReader, rejectingReader } from './file-splits.js'
import { type FilePosition, parsePosition } from './input-block.js'

/** A file that is there. */
export interface InputFile {
  readonly path: string
  readonly file: OpenFile
  /** Where a checkpoint says that reading goes on. */
  readonly position: FilePosition | undefined
}

/** Opens a split's file and hands it to `read`; a missing file gives one rejected input. */
export async function openInputFile<T>(
  fileSystem: FileSystem,
  { split, position }: { readonly split: SourceSplit; readonly position: JsonValue | undefined },
  read: (input: InputFile) => Promise<SplitReader<T>>,
): Promise<SplitReader<T>> {
  const path = pathOfSplit(split)
  if (position === rejectedPosition) return rejectedReader(path)
  const status = await fileSystem.status(path)
  if (!status || status.isDirectory) {
    return rejectingReader(path, `Expected a file ${path}, got ${status ? 'a directory' : 'none'}`)
  }
  const start = position === undefined ? undefined : parsePosition(split, position)
  if (start && start.byte > status.sizeBytes) throw shrunk(path, start.byte, status.sizeBytes)
  const file = await fileSystem.open(path, 'read')
  try {
    return await read({ path, file, position: start })
  } catch (error) {
    await file.close()
    throw error
  }
}

function shrunk(path: string, position: number, sizeBytes: number): StreamcoreError {
  return new StreamcoreError(
    'STREAMCORE_RESTORE',
    `Expected ${path} to have at least ${position} bytes, which were read already, got ${sizeBytes}; ` +
      'put the file back as it was, or start the job anew',
    { details: { path } },
  )
}
