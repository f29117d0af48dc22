import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { StorageError } from '@dbjobq/core/storage'
import { toStorageError } from './errors.js'
import { quoted } from './names.js'

/** A `pg` client, as far as it is used. */
export interface ListeningClient {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<void>
  on(event: 'notification', listener: (message: { payload?: string }) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  connection?: { stream?: { destroy(): void } }
}

/** Within this the server must answer, and bring a notification to itself, ms. */
const deadline = 5_000
/** A socket of which the other end is gone says nothing: so the server is asked, ms after the last word of it. */
const pingEvery = 20_000
/** For a connection to end in good order, ms. */
const longestEnd = 1_000

interface ListeningConnectionOptions {
  client: ListeningClient
  channel: string
  /** Sends to the channel on another connection. */
  notify: (payload: string) => Promise<void>
  onPayload: (payload: string) => void
  /** Once, after it was open. */
  onLost: () => void
}

/** One connection that listens to one channel, shown to hear, and watched. */
export class ListeningConnection {
  readonly #options: ListeningConnectionOptions
  readonly #test = `test ${randomBytes(9).toString('base64url')}`
  #onTested: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #ended: Promise<void> | undefined
  #state: 'opening' | 'open' | 'closed' = 'opening'

  constructor(options: ListeningConnectionOptions) {
    this.#options = options
  }

  /** @throws StorageError `UNSUPPORTED` when what is sent does not arrive, and whatever hinders connecting */
  async open(): Promise<void> {
    const { client, channel } = this.#options
    // A pg client without a listener of errors ends the process.
    client.on('error', () => this.#lose())
    client.on('end', () => this.#lose())
    client.on('notification', ({ payload = '' }) => this.#hear(payload))
    try {
      await within(client.connect())
      await within(client.query(`listen ${quoted(channel)}`))
      await this.#checkHearing()
      if (this.#isClosed) throw gone()
    } catch (error) {
      await this.close()
      throw toStorageError(error, false)
    }
    this.#state = 'open'
    this.#watch()
  }

  /** At any time, twice too. */
  close(): Promise<void> {
    this.#state = 'closed'
    return (this.#ended ??= this.#end())
  }

  get #isClosed(): boolean {
    return this.#state === 'closed'
  }

  #hear(payload: string): void {
    if (payload === this.#test) this.#onTested?.()
    else if (this.#state === 'open' && !payload.startsWith('test ')) this.#options.onPayload(payload)
  }

  /** A pooler in transaction mode takes LISTEN and brings nothing. It must be sent on another connection: on this one it might show by luck. */
  async #checkHearing(): Promise<void> {
    const heard = new Promise<boolean>((resolve) => (this.#onTested = () => resolve(true)))
    await this.#options.notify(this.#test)
    if (await Promise.race([heard, pause(deadline, false, { ref: false })])) return
    const message =
      'Notifications of PostgreSQL do not arrive; a pooler in transaction mode keeps them. Give PostgresStorage a direct connection: `listen: { connection }`.'
    throw new StorageError('UNSUPPORTED', message, { retryable: false, applied: 'no' })
  }

  #watch(): void {
    this.#timer = setTimeout(() => {
      within(this.#options.client.query('select 1')).then(
        () => this.#state === 'open' && this.#watch(),
        () => this.#lose(),
      )
    }, pingEvery).unref()
  }

  #lose(): void {
    if (this.#state !== 'open') return
    void this.close()
    this.#options.onLost()
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer)
    const { client } = this.#options
    const ended = client.end().catch(() => undefined)
    await Promise.race([ended, pause(longestEnd, undefined, { ref: false })])
    client.connection?.stream?.destroy()
  }
}

/** Rejects after the deadline. */
async function within<T>(answer: Promise<T>): Promise<T> {
  const controller = new AbortController()
  const late = pause(deadline, undefined, { ref: false, signal: controller.signal }).then(() => {
    throw new StorageError('TIMEOUT', 'PostgreSQL did not answer the connection that listens.', { retryable: true, applied: 'no' })
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    controller.abort()
    answer.catch(() => undefined)
    late.catch(() => undefined)
  }
}

function gone(): StorageError {
  return new StorageError('UNAVAILABLE', 'The connection that listens was closed.', { retryable: true, applied: 'no' })
}
