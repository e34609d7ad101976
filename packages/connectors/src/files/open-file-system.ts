/** Finds the file system a connector works with: the named connection, or the local one when none is named. */
import { type Connections, type FileSystem, filesConnection } from 'streamcore'

/** The connection's name that file connectors use when they are given none. */
export const defaultFilesConnection = 'files'

/** The file system of connection `name`; without a name that of `files`, and the local one when there is no such connection. */
export async function openFileSystem(
  connections: Connections,
  name: string | undefined,
): Promise<FileSystem> {
  if (name !== undefined || connections[defaultFilesConnection]) {
    return await filesConnection.open(connections, name ?? defaultFilesConnection)
  }
  // Loaded on demand, because this module also runs where there is no Node.
  const { localFiles } = await import('./client/local-files-client.js')
  return await filesConnection.open({ [defaultFilesConnection]: localFiles() }, defaultFilesConnection)
}
