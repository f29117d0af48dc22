import type { Document } from 'mongodb'
import { callWhole, type Attempt, type CallKind } from './call.js'
import { isTopologyClosed, storageError } from './errors.js'
import { checkUsable } from './migrate.js'
import type { Target } from './options.js'
import { createStore, type Store } from './store.js'

/** One client, what its server is, and whether its schema is the one that this code knows. */
export class Connection {
  readonly store: Store
  readonly #target: Target
  #greeted = false
  #usable = false
  #closed = false

  constructor(target: Target) {
    this.#target = target
    this.store = createStore(target.client, target.database, target.prefix, target.callTimeout)
  }

  /** A whole call on the server, whatever the schema. */
  async call<T>(work: (store: Store, attempt: Attempt) => Promise<T>, how: CallKind): Promise<T> {
    this.#refuseClosed()
    return callWhole(this.#target.callTimeout, how, async (attempt) => {
      await this.#greet()
      return work(this.store, attempt)
    })
  }

  /** A whole call on a migrated store. */
  async use<T>(work: (store: Store, attempt: Attempt) => Promise<T>, how: CallKind): Promise<T> {
    return this.call(async (store, attempt) => {
      await this.#checkSchema(attempt)
      return work(store, attempt)
    }, how)
  }

  /** Before work in a transaction of the caller, which is not ours to repeat. */
  async prepare(): Promise<Store> {
    return this.use((store) => Promise.resolve(store), { writes: false })
  }

  /** The schema changed: look again before the next call. */
  forgetSchema(): void {
    this.#usable = false
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#target.ownsClient) await this.#target.client.close()
  }

  #refuseClosed(): void {
    if (this.#closed) throw storageError('UNAVAILABLE', 'This MongoStorage is closed. Open another one.')
  }

  /** A standalone has no `setName`; a mongos says `isdbgrid`. */
  async #greet(): Promise<void> {
    if (this.#greeted) return
    const hello = await this.#hello()
    this.store.transactions = typeof hello.setName === 'string' || hello.msg === 'isdbgrid'
    this.#greeted = true
  }

  /** A first connect that failed leaves the driver's client closed for good, unless it is told to connect anew. */
  async #hello(): Promise<Document> {
    for (let refusals = 0; ; refusals++) {
      try {
        // A client that its owner closed meanwhile says so the second time, in other words, and stays closed.
        if (refusals === 2) await this.#target.client.connect()
        return await this.store.database.command({ hello: 1 })
      } catch (error) {
        if (refusals === 2 || this.#closed || !isTopologyClosed(error)) throw error
      }
    }
  }

  async #checkSchema(attempt: Attempt): Promise<void> {
    if (this.#usable) return
    await checkUsable(this.store, attempt.scope)
    this.#usable = true
  }
}
