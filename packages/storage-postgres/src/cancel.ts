import { connect, type Socket } from 'node:net'

/** A `pg` client, as far as it is needed to cut it off. */
export interface CancellableClient {
  host?: string
  port?: number
  processID?: number | null
  secretKey?: number | null
  /** Knex hands out no connection that carries it. */
  __knex__disposed?: unknown
  end(): Promise<void>
}

/** ms for the server to take a request to cancel. */
const longestWait = 1_000

/**
 * Ends what the connection runs, then the connection. Closing alone is not enough: the server would go on until it next looks at the
 * socket, and a statement that waits for a lock would still take effect. The request is that of the protocol, which a pooler passes on,
 * but only while the connection is there.
 */
export function interrupt(client: CancellableClient): void {
  client.__knex__disposed = 'interrupted'
  requestCancel(client).once('close', () => {
    discard(client)
  })
}

/** Ends the connection; Knex opens another one when it needs it. */
export function discard(client: CancellableClient): void {
  client.__knex__disposed = 'discarded'
  // Knex ends it as well, when it meets it; no one waits for either.
  client.end().catch(() => undefined)
}

function requestCancel({ host = 'localhost', port = 5432, processID, secretKey }: CancellableClient): Socket {
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(80_877_102, 4)
  message.writeInt32BE(processID ?? 0, 8)
  message.writeInt32BE(secretKey ?? 0, 12)
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  socket.setTimeout(longestWait, () => socket.destroy())
  // A server that cannot be reached has no statement to cancel; 'close' follows an error too.
  socket.on('error', () => undefined)
  // The only answer is that the other side closes. To close first would take the request back, as PgBouncer sees it.
  socket.on('connect', () => socket.write(message)).resume()
  return socket
}
