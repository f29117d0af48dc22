// @ts-check
import { createServer } from 'node:net'

/**
 * A free port of the loopback interface, below those that the system hands to outgoing connections: there another process could take it
 * by chance before the server does.
 * @returns {Promise<number>}
 */
export function findFreePort() {
  const port = 20_000 + Math.floor(Math.random() * 12_000)
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(findFreePort()))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)))
  })
}
