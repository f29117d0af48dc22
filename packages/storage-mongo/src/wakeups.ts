import { HintListeners, type Wakeups } from '@dbjobq/core/storage'
import type { Connection } from './connection.js'
import { storageError } from './errors.js'
import { HintReader } from './hint-reader.js'
import { hasHints, insertHints, newestTime } from './hints.js'

/**
 * Hints are documents of a capped collection, which all who listen in one process follow by one tailable cursor: the same on a
 * standalone and on a replica set, where a change stream would have to read every write in the log.
 */
export class CappedWakeups implements Wakeups {
  readonly #connection: Connection
  readonly #listeners = new HintListeners()
  #reader: Promise<HintReader> | undefined
  /** There is a capped collection: into another one hints would pile up for ever. */
  #hasHints = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** @throws StorageError UNSUPPORTED where the server refused to make a capped collection */
  async send(hints: string[]): Promise<void> {
    if (hints.length === 0) return
    await this.#connection.use(
      async (store, { scope }) => {
        await this.#check()
        await insertHints(store, scope, hints)
      },
      { writes: true },
    )
  }

  /** @throws StorageError UNSUPPORTED where the server refused to make a capped collection */
  async listen(onHint: (hint: string) => void): Promise<() => Promise<void>> {
    const end = this.#listeners.add(onHint)
    const reader = (this.#reader ??= this.#start())
    try {
      await reader
    } catch (error) {
      end()
      if (this.#reader === reader) this.#reader = undefined
      throw error
    }
    return async () => {
      end()
      if (this.#listeners.size === 0) await this.#stop()
    }
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    await this.#stop()
  }

  async #start(): Promise<HintReader> {
    const { store, from } = await this.#connection.use(
      async (store) => {
        await this.#check()
        return { store, from: await newestTime(store) }
      },
      { writes: false },
    )
    return new HintReader(store, from, (hint) => this.#listeners.tell(hint))
  }

  /** Ends soon also when the server does not answer. */
  async #stop(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    await within(
      longestFarewell,
      reader?.then((started) => started.stop()).catch(() => undefined),
    )
  }

  async #check(): Promise<void> {
    this.#hasHints ||= await hasHints(this.#connection.store)
    if (!this.#hasHints)
      throw storageError('UNSUPPORTED', 'This server made no capped collection at migrate(): without it there are no wake-ups.')
  }
}

/** ms */
const longestFarewell = 500

async function within(time: number, work: Promise<void> | undefined): Promise<void> {
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), time)
  await Promise.race([work, late.promise])
  clearTimeout(timer)
}
