/** Files as POSIX promises them, and nothing more: what is not synced may be lost at a power cut. */

/** How {@link FileSystem.open} opens: `create` truncates, `create-exclusive` fails when the file exists. */
export type OpenMode = 'read' | 'create' | 'create-exclusive' | 'append'

/** Size and time of a file. */
export interface FileStatus {
  readonly sizeBytes: number
  readonly isDirectory: boolean
  readonly modifiedMs: number
}

/** Files and directories. Missing files: `open('read')` fails with `STREAMCORE_IO`, `status` gives undefined, `remove` does nothing. */
export interface FileSystem {
  open(path: string, mode: OpenMode): Promise<OpenFile>
  status(path: string): Promise<FileStatus | undefined>
  /** Replaces `target` atomically; durable once the directory is synced. */
  rename(source: string, target: string): Promise<void>
  /** Gives `source` a second name; false when `target` exists. Exactly one of several callers gets true. */
  linkExclusive(source: string, target: string): Promise<boolean>
  remove(path: string): Promise<void>
  /** Names in a directory, sorted; empty when it is missing. */
  list(directory: string): Promise<readonly string[]>
  /** Creates the directory and its parents, durably; an existing one is fine. */
  makeDirectory(path: string): Promise<void>
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>
}

/** An open file. After an error the handle must not be used again, only closed. */
export interface OpenFile {
  /** Appends at the end of what was written so far; writes all bytes. */
  write(bytes: Uint8Array): Promise<void>
  /** Up to `length` bytes from `position`; fewer only at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>
  /** Makes the content durable. */
  sync(): Promise<void>
  close(): Promise<void>
}
