import { aFunction, checkOptions } from '../../model/check.js'
import type { JobDefinition } from '../../model/definition.js'
import { enqueueChecks, type EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import type { Emitter } from '../emitter.js'
import { hintsOf } from '../hints.js'
import type { Store } from '../store.js'
import { batches, sizeOf } from './batches.js'
import { insertKeyed, type Keyed, type Written } from './conflicts.js'
import { draft, draftSync, toNewJob, type Draft } from './draft.js'
import type { QueueEvents } from './events.js'
import { Gatherer } from './gatherer.js'
import { refuseLooking, syncOf, type EnqueueSyncOptions } from './enqueue-sync.js'
import { unlessAborted } from './unless-aborted.js'

declare const resultType: unique symbol

/**
 * `id`: of the new job, or of the one that holds its unique key. `duplicate`: nothing was written. `replaced`: the job with this
 * id, which waited, was given the new data and options (`unique.onConflict`). `Result`: what `waitFor` answers for it.
 */
export interface Enqueued<Result = unknown> extends Written {
  /** Carries the type of the result; there is no such property. */
  readonly [resultType]?: Result
}

export interface EnqueueManyOptions<Input, Tx = never> extends EnqueueOptions<Tx, Input> {
  /** Options of one job, over the common ones: its unique key, say. */
  each?: (data: Input, index: number) => Omit<EnqueueOptions<never, Input>, 'tx' | 'signal'>
}

/** Checks, encodes and stores jobs, and tells the workers of this process. */
export class Enqueuer<Tx> {
  readonly #store: Store<Tx>
  readonly #events: Emitter<QueueEvents>
  readonly #gatherer: Gatherer

  constructor(store: Store<Tx>, events: Emitter<QueueEvents>) {
    this.#store = store
    this.#events = events
    this.#gatherer = new Gatherer((jobs) => store.storage.insertJobs(jobs))
    store.beforeClose(() => this.#gatherer.drain())
  }

  async enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: Input,
    options: EnqueueOptions<Tx, Input>,
  ): Promise<Enqueued<Result>> {
    const drafted = await draft('enqueue', job, data, options)
    await unlessAborted(this.#store.readyWithin(options.tx), options.signal)
    const keyed = this.#toKeyed(drafted, this.#store.clock.now())
    // One key held in an open transaction would hold up all that share its insert.
    if (keyed.unique || options.tx !== undefined) return only(await this.#insert([keyed], options.tx))
    const { id } = await this.#gatherer.add(keyed.job, options.signal)
    return only(this.#tell([keyed], [{ id, outcome: 'enqueued' }], undefined))
  }

  async enqueueMany<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: readonly Input[],
    options: EnqueueManyOptions<Input, Tx>,
  ): Promise<Enqueued<Result>[]> {
    if (!Array.isArray(data)) throw new DbjobqError('INVALID_OPTION', 'enqueueMany: the second argument must be a list of data.')
    checkOptions('enqueueMany', options, { ...enqueueChecks, each: aFunction })
    const { each, ...common } = options
    const drafts: Draft[] = []
    for (const [index, item] of (data as readonly Input[]).entries()) {
      drafts.push(await draft(`enqueueMany[${index}]`, job, item, each ? { ...common, ...each(item, index) } : common))
    }
    await unlessAborted(this.#store.readyWithin(common.tx), common.signal)
    const now = this.#store.clock.now()
    const answers: Enqueued<Result>[] = []
    for (const batch of batches(this.#keyedOf(drafts, now), ({ job }) => sizeOf(job))) {
      common.signal?.throwIfAborted()
      answers.push(...(await this.#insert(batch, common.tx)))
    }
    return answers
  }

  enqueueSync<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: Input,
    options: EnqueueSyncOptions<Tx, Input>,
  ): Enqueued<Result> {
    const sync = syncOf(this.#store, options)
    const keyed = this.#toKeyed(draftSync('enqueueSync', job, data, options), this.#store.clock.now())
    refuseLooking('enqueueSync', keyed.unique)
    const written = sync
      .insertJobs([keyed.job], { tx: options.tx })
      .map(({ id, inserted }): Written => ({ id, outcome: inserted ? 'enqueued' : 'duplicate' }))
    return only(this.#tell([keyed], written, options.tx))
  }

  /** Made as they are sent: all rows at once would only be memory. */
  *#keyedOf(drafts: Draft[], now: number): Generator<Keyed> {
    for (const drafted of drafts) yield this.#toKeyed(drafted, now)
  }

  #toKeyed(drafted: Draft, now: number): Keyed {
    return { job: toNewJob(drafted, this.#store.ids.next(now), now), unique: drafted.unique }
  }

  async #insert(keyed: Keyed[], tx: Tx | undefined): Promise<Written[]> {
    const { storage, clock } = this.#store
    return this.#tell(keyed, await insertKeyed(keyed, { storage, now: () => clock.now(), tx }), tx)
  }

  /** Nobody tells when a transaction of the caller commits: an echo follows it. */
  #tell(keyed: Keyed[], written: Written[], tx: Tx | undefined): Written[] {
    for (const hint of hintsOf(keyed.map(({ job }) => job))) {
      if (tx === undefined) this.#store.hints.send(hint)
      else this.#store.echo.add(hint)
    }
    if (this.#events.has('enqueued')) {
      for (const [index, { id, outcome }] of written.entries()) {
        const { type, queue } = keyed[index]?.job ?? { type: '', queue: '' }
        this.#events.emit('enqueued', { id, type, queue, outcome })
      }
    }
    return written
  }
}

function only([written]: Written[]): Written {
  if (!written) throw new DbjobqError('STORAGE_FAILED', 'The storage answered nothing for the job. Its adapter breaks the contract.')
  return written
}
