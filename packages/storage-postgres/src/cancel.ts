import { connect } from 'node:net'

/** A `pg` client, as far as it is needed to cut it off. */
export interface CancellableClient {
  host?: string
  port?: number
  processID?: number | null
  secretKey?: number | null
  end(): Promise<void>
}

const longestWait = 5_000

/**
 * Ends what the connection runs, and the connection. Closing alone is not enough: the server would go on until it next looks at the
 * socket, and a statement that waits for a lock would still take effect. The request is that of the protocol, so that it passes PgBouncer.
 */
export function interrupt(client: CancellableClient): void {
  requestCancel(client)
  // The call has its TIMEOUT already; with a statement under way, pg destroys the socket and does not wait.
  client.end().catch(() => undefined)
}

function requestCancel({ host = 'localhost', port = 5432, processID, secretKey }: CancellableClient): void {
  if (typeof processID !== 'number' || typeof secretKey !== 'number') return
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(80_877_102, 4)
  message.writeInt32BE(processID, 8)
  message.writeInt32BE(secretKey, 12)
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  socket.unref()
  socket.setTimeout(longestWait, () => socket.destroy())
  // The server answers a cancel with nothing but the end; one that cannot be reached has no statement to cancel.
  socket.on('error', () => socket.destroy())
  socket.on('connect', () => socket.end(message))
}
