// Stands in for all web servers, so that the example needs no network and still meets what happens there.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Answer = { status: number; retryAfter?: number } | 'silence'

const good: Answer = { status: 200 }
const moods: Record<string, (attempt: number) => Answer> = {
  good: () => good,
  '503-twice': (attempt) => (attempt <= 2 ? { status: 503 } : good),
  'silent-once': (attempt) => (attempt === 1 ? 'silence' : good),
  '429-once': (attempt) => (attempt === 1 ? { status: 429, retryAfter: 1 } : good),
  '404': () => ({ status: 404 }),
  '410': () => ({ status: 410 }),
  '503-always': () => ({ status: 503 }),
}

/** What a page of `planted.example` answers is its path. Of all other pages most are good, and some fail at first. */
function moodOf(url: URL): string {
  if (url.hostname === 'planted.example') return url.pathname.slice(1)
  return ['503-twice', 'silent-once', '429-once'][createHash('sha256').update(url.href).digest().readUInt8() % 12] ?? 'good'
}

export class FlakyServer implements AsyncDisposable {
  readonly address: string
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(): Promise<FlakyServer> {
    const server = createServer(answerRequest).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FlakyServer(server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** The page that is asked for is the path, and the header tells which attempt it is. */
function answerRequest(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(decodeURIComponent((request.url ?? '').slice(1)))
  const answer = moods[moodOf(url)]?.(Number(request.headers['x-attempt'])) ?? { status: 404 }
  if (answer === 'silence') return
  const { status, retryAfter } = answer
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
  setTimeout(() => response.writeHead(status).end(), 30)
}
