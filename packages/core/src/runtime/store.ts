import { DbjobqError, StorageError } from '../model/errors.js'
import type { JobStorage } from '../model/storage.js'
import { ServerClock } from './clock.js'
import { Echo } from './echo.js'
import { Hints } from './hints.js'
import { IdSource } from './ids.js'
import { WakeupBridge } from './wakeups.js'

/** ms */
const transactionPatience = 250

/** One opened storage and what a queue and its workers share about it. */
export class Store<Tx = never> {
  readonly storage: JobStorage<Tx>
  readonly clock: ServerClock
  readonly ids = new IdSource()
  readonly hints = new Hints()
  readonly echo = new Echo((hint) => this.hints.send(hint))
  readonly wakeups: WakeupBridge
  readonly #closers = new Set<() => Promise<void>>()
  #ready: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #isReady = false

  constructor(storage: JobStorage<Tx>) {
    this.storage = storage
    this.clock = new ServerClock(() => storage.serverTime())
    this.wakeups = new WakeupBridge({ wakeups: storage.wakeups, hints: this.hints, now: () => this.clock.now() })
  }

  /** Connects, checks the schema and reads the clock: once, or again after a failure. */
  async ready(): Promise<void> {
    this.refuseClosed()
    this.#ready ??= this.#prepare().catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    await this.#ready
    this.#isReady = true
    // In the background: the clock in use is still good, and a database that is down will be told by the call that follows.
    if (this.clock.isStale) this.clock.sync().catch(() => undefined)
  }

  /**
   * For a call in a transaction of the caller. Where its pool is the storage's too, such calls may hold every connection of it until they are
   * answered, and none is left to get ready with: so they wait for that a moment only, and go on by the clock as it is.
   */
  async readyWithin(tx: Tx | undefined): Promise<void> {
    if (tx === undefined) return this.ready()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, transactionPatience)))
    await Promise.race([this.ready(), late]).finally(() => clearTimeout(timer))
  }

  /** It has connected, and its clock is that of the store. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** The schema may have changed. */
  forget(): void {
    this.#ready = undefined
    this.#isReady = false
  }

  refuseClosed(): void {
    if (this.#closed) throw new DbjobqError('QUEUE_CLOSED', 'This queue is closed. Make a new JobQueue.')
  }

  /** Runs before the storage is closed; answers what takes it back. */
  beforeClose(closer: () => Promise<void>): () => void {
    this.#closers.add(closer)
    return () => this.#closers.delete(closer)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#closers].map((closer) => closer()))
    this.echo.close()
    await this.wakeups.close()
    await this.storage.close()
  }

  async #prepare(): Promise<void> {
    const { schema } = await this.storage.describe()
    if (schema.found < schema.wanted) {
      const found = schema.found === 0 ? 'was never migrated' : `has schema version ${schema.found}, this code needs ${schema.wanted}`
      const message = `The database ${found}. Run \`await queue.migrate()\` first.`
      throw new StorageError('SCHEMA_OUTDATED', message, { retryable: false, applied: 'no' })
    }
    await this.clock.sync()
  }
}
