import { aFunction } from '../../model/check.js'
import type { JobDefinition } from '../../model/definition.js'
import type { EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import type { NewJob } from '../../model/storage.js'
import { batches } from './batches.js'
import { draft, toNewJob } from './draft.js'
import type { Store } from '../store.js'

declare const resultType: unique symbol

/** `Result`: what `waitFor` answers for it. */
export interface Enqueued<Result = unknown> {
  /** Of the new job, or of the one that holds its unique key. */
  id: string
  outcome: 'enqueued' | 'duplicate'
  /** Carries the type of the result; there is no such property. */
  readonly [resultType]?: Result
}

export interface EnqueueManyOptions<Input, Tx = never> extends EnqueueOptions<Tx> {
  /** Options of one job, over the common ones: its unique key, say. */
  each?: (data: Input, index: number) => Omit<EnqueueOptions, 'tx'>
}

/** Checks, encodes and stores jobs, and tells the workers of this process. */
export class Enqueuer<Tx> {
  readonly #store: Store<Tx>

  constructor(store: Store<Tx>) {
    this.#store = store
  }

  async enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: Input,
    options: EnqueueOptions<Tx>,
  ): Promise<Enqueued<Result>> {
    const drafted = await draft('enqueue', job, data, options)
    const store = this.#store
    await store.readyWithin(options.tx)
    const now = store.clock.now()
    const [enqueued] = await this.#insert([toNewJob(drafted, store.ids.next(now), now)], options.tx)
    if (!enqueued) throw new DbjobqError('STORAGE_FAILED', 'The storage answered nothing for the job. Its adapter breaks the contract.')
    return enqueued as Enqueued<Result>
  }

  async enqueueMany<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: readonly Input[],
    options: EnqueueManyOptions<Input, Tx>,
  ): Promise<Enqueued<Result>[]> {
    if (!Array.isArray(data)) throw new DbjobqError('INVALID_OPTION', 'enqueueMany: the second argument must be a list of data.')
    const { each, ...common } = options
    if (each !== undefined) aFunction(each, 'enqueueMany: each')
    const drafts = []
    for (const [index, item] of (data as readonly Input[]).entries()) {
      drafts.push(await draft(`enqueueMany[${index}]`, job, item, each ? { ...common, ...each(item, index) } : common))
    }
    const store = this.#store
    await store.readyWithin(common.tx)
    const now = store.clock.now()
    const answers: Enqueued<Result>[] = []
    for (const batch of batches(drafts.map((drafted) => toNewJob(drafted, store.ids.next(now), now)))) {
      answers.push(...((await this.#insert(batch, common.tx)) as Enqueued<Result>[]))
    }
    return answers
  }

  async #insert(jobs: NewJob[], tx: Tx | undefined): Promise<Enqueued[]> {
    const answers = await this.#store.storage.insertJobs(jobs, tx === undefined ? {} : { tx })
    for (const queue of new Set(jobs.map((job) => job.queue))) {
      const runAt = Math.min(...jobs.filter((job) => job.queue === queue).map((job) => job.runAt))
      const hint = { kind: 'runnable', queue, runAt } as const
      if (tx === undefined) this.#store.hints.send(hint)
      else this.#store.echo.add(hint)
    }
    return answers.map(({ id, inserted }) => ({ id, outcome: inserted ? 'enqueued' : 'duplicate' }))
  }
}
