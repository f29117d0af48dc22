import { setTimeout as pause } from 'node:timers/promises'
import { anythingChanged, HintListeners, StorageError, type Wakeups } from '@dbjobq/core/storage'
import { hintsOf, payloadsOf } from './channel.js'
import { ListeningConnection, type ListeningClient } from './listening-connection.js'

/** Between tries to connect again: from 100 ms, twice as long each time, at most 30 s; ±25 %, so that many processes spread. */
const shortestPause = 100
const longestPause = 30_000

interface ListenerOptions {
  channel: string
  client: () => Promise<ListeningClient>
  /** Sends to the channel, outside of any transaction of a caller. */
  notify: (payloads: string[]) => Promise<void>
}

/** LISTEN and NOTIFY. One connection of its own, open while anyone listens, and opened again whenever it is lost. */
export class Listener implements Wakeups {
  readonly #options: ListenerOptions
  readonly #listeners = new HintListeners()
  #connection: ListeningConnection | undefined
  #opened: Promise<void> | undefined
  /** Counts the times that nobody listened any more: what was opened for those before is not wanted. */
  #ends = 0
  readonly #closing = new AbortController()

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  async send(hints: string[]): Promise<void> {
    if (hints.length > 0) await this.#options.notify([...payloadsOf(hints)])
  }

  async listen(onHint: (hint: string) => void): Promise<() => Promise<void>> {
    const forget = this.#listeners.add(onHint)
    const end = (): Promise<void> => {
      forget()
      return this.#listeners.size === 0 ? this.#disconnect() : Promise.resolve()
    }
    try {
      await this.#connect()
    } catch (error) {
      await end()
      throw error
    }
    return end
  }

  close(): Promise<void> {
    this.#closing.abort()
    this.#listeners.clear()
    return this.#disconnect()
  }

  #connect(): Promise<void> {
    const opened = (this.#opened ??= this.#open())
    opened.catch(() => {
      if (this.#opened === opened) this.#opened = undefined
    })
    return opened
  }

  async #open(): Promise<void> {
    const { channel, client, notify } = this.#options
    if (this.#closing.signal.aborted) throw closed()
    const { ends, made } = { ends: this.#ends, made: await client() }
    if (ends !== this.#ends) throw closed()
    const connection = new ListeningConnection({
      client: made,
      channel,
      notify: (payload) => notify([payload]),
      onPayload: (payload) => {
        for (const hint of hintsOf(payload)) this.#listeners.tell(hint)
      },
      onLost: () => {
        this.#opened = undefined
        void this.#reconnect()
      },
    })
    this.#connection = connection
    await connection.open()
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closing
    for (let rest = shortestPause; this.#listeners.size > 0; rest = Math.min(rest * 2, longestPause)) {
      await pause(rest * (0.75 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined)
      if (this.#listeners.size === 0) return
      try {
        await this.#connect()
        // What was sent meanwhile is lost.
        this.#listeners.tell(anythingChanged)
        return
      } catch {
        // Told by the calls that need the server.
      }
    }
  }

  async #disconnect(): Promise<void> {
    this.#ends++
    this.#opened = undefined
    await this.#connection?.close()
  }
}

function closed(): StorageError {
  return new StorageError('UNAVAILABLE', 'This PostgresStorage is closed. Open another one.', { retryable: false, applied: 'no' })
}
