import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/** Stands between a client and the server, and can lose the answer to a command that the server has carried out. */
export interface LossyProxy extends AsyncDisposable {
  url: string
  /** The connection breaks after the server answered the next such command on this collection, before the answer gets through. */
  loseAnswerTo(command: string, collection: string): void
  /** Answers lost so far. */
  lost: number
  /** Every connection breaks now, whatever is under way. */
  cut(): void
}

export async function lossyProxy(target: string): Promise<LossyProxy> {
  const { host, hostname, port } = new URL(target.replace(/^mongodb:/, 'http:'))
  const sockets = new Set<Socket>()
  let wanted: Buffer | undefined
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let losing = false
    client.on('data', (data) => {
      if (wanted && data.includes(wanted)) {
        wanted = undefined
        losing = true
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (!losing) return client.write(data)
      proxy.lost++
      upstream.destroy()
      return client.destroy()
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const direct = target.replace(host, address).replace(/replicaSet=[^&]*/, 'directConnection=true')
  const proxy: LossyProxy = {
    url: direct,
    lost: 0,
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    loseAnswerTo: (command, collection) => {
      // The first key of the message is the command, its value the collection: a BSON string with its length and a NUL.
      const length = Buffer.alloc(4)
      length.writeInt32LE(collection.length + 1)
      wanted = Buffer.concat([Buffer.of(2), Buffer.from(`${command}\0`), length, Buffer.from(`${collection}\0`)])
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
