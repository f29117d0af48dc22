import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands between a client and the server. `freeze`: what is connected now stays so, but nothing passes any more, as when a cable is cut. */
export async function freezingProxy(target: string): Promise<{ url: string; freeze: () => void } & AsyncDisposable> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const frozen = new WeakSet<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.on('data', (data) => {
        if (!frozen.has(one)) other.write(data)
      })
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        if (!frozen.has(one)) other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    freeze: () => {
      for (const socket of sockets) frozen.add(socket)
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
