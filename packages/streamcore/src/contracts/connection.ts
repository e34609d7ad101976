/** Connections: addresses and secrets are given to `execute` under a name; connectors in the graph only hold that name. */
import { StreamcoreError } from './errors.js'

/** A named way to reach a service; made by a {@link ConnectionKind}. Secrets stay inside. */
export interface Connection {
  readonly kind: string
  /** The address without secrets, for messages. */
  readonly address: string
}

/** Connections by name. */
export type Connections = Readonly<Record<string, Connection>>

/** Ties the name of a kind of connection to the type of client it opens. */
export class ConnectionKind<T> {
  readonly name: string
  readonly #openers = new WeakMap<Connection, () => Promise<T>>()

  constructor(name: string) {
    this.name = name
  }

  /** Makes a connection; `open` is called once per use and its client is closed by whoever opened it. */
  connection(address: string, open: () => Promise<T>): Connection {
    const connection: Connection = { kind: this.name, address }
    this.#openers.set(connection, open)
    return connection
  }

  /** @throws StreamcoreError `STREAMCORE_CONFIG` naming the key when it is missing or of another kind */
  async open(connections: Connections, name: string): Promise<T> {
    const connection = connections[name]
    const opener = connection && this.#openers.get(connection)
    if (!opener) {
      const came = connection ? `a connection of kind '${connection.kind}'` : 'nothing'
      throw new StreamcoreError(
        'STREAMCORE_CONFIG',
        `Expected \`connections.${name}\` to be a '${this.name}' connection, got ${came}; pass it to execute(), or export it from the job's file: \`export const connections = { ${name}: … }\``,
        { details: { config: `connections.${name}` } },
      )
    }
    return await opener()
  }
}
