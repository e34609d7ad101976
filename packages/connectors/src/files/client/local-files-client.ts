/** The files of this machine as a connection. */
import { type Connection, filesConnection } from 'streamcore'
import { NodeFileSystem } from 'streamcore/node'

/** The local file system, for `connections` of execute(). */
export function localFiles(): Connection {
  return filesConnection.connection('local files', () => Promise.resolve(new NodeFileSystem()))
}
