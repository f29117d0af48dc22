import { setTimeout as pause } from 'node:timers/promises'
import { aDate, aDuration, aName, anId, anything, checkOptions, type Check } from '../../model/check.js'
import { encode } from '../../model/codec.js'
import type { JobDefinition } from '../../model/definition.js'
import type { Duration } from '../../model/duration.js'
import { runAtOf } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import { decodePolicy, encodePolicy } from '../../model/policy.js'
import { aPriority } from '../../model/priority.js'
import { validate } from '../../model/schema.js'
import type { JobRow, JobUpdate } from '../../model/storage.js'
import { hintsOf } from '../hints.js'
import type { Store } from '../store.js'
import { looks } from './job-operations.js'
import { aDefinition, waiting } from './job-query.js'

/** What may change while a job waits. At least one is given. */
export interface PlanChanges {
  /** -32768 to 32767, higher first. */
  priority?: number
  /** Run it from then on, 1970 to 9999; in the past means now. Not together with `delay`. */
  runAt?: Date
  /** Run it this much later than now. */
  delay?: Duration
  queue?: string
}

/** New data comes with the definition of the job, which checks it as `enqueue` does. */
export type JobChanges<Input = unknown, Output = unknown, Result = unknown> = PlanChanges &
  ({ job: JobDefinition<Input, Output, Result>; data: NoInfer<Input> } | { job?: never; data?: never })

/** Changes and deletes jobs that are stored, one at a time. */
export class JobEditor {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async update(id: string, changes: JobChanges): Promise<void> {
    anId(id, 'id')
    checkChanges('update', changes, { job: aDefinition, data: anything })
    const data = await dataOf(changes)
    const { job } = changes
    await this.#store.ready()
    for (let look = 0; look < looks; look++) {
      const row = await this.#find(id)
      if (!row) throw new DbjobqError('JOB_NOT_FOUND', `There is no job ${id}; it may have been pruned.`)
      if (job && row.type !== job.type) {
        throw new DbjobqError('INVALID_OPTION', `update: job ${id} is a ${row.type}, not a ${job.type}. Pass the definition of its type.`)
      }
      if (!waiting.includes(row.status))
        throw new DbjobqError('JOB_STATE', `Job ${id} is ${row.status}. Only a job that waits can be changed.`)
      const update = planning(row, changes, this.#store.clock.now())
      const [answer] = await this.#store.storage.updateJobs([
        { ...update, set: { ...update.set, ...(job ? { data, ...madeFor(job, row) } : {}) } },
      ])
      if (answer !== 'updated') continue
      for (const hint of hintsOf([{ ...row, ...update.set }])) this.#store.hints.send(hint)
      return
    }
    throw new DbjobqError('CONTENTION', `Job ${id} changed its status ${looks} times while it was to be changed. Try again.`)
  }

  async delete(id: string, from?: 'failed'): Promise<boolean> {
    anId(id, 'id')
    await this.#store.ready()
    const { storage, hints } = this.#store
    for (let look = 0; look < looks; look++) {
      const status = from || look > 0 ? (await this.#find(id))?.status : 'unknown'
      if (status === undefined) return false
      if (status === 'running' || (from && status !== from)) {
        const help = from ? `Only a ${from} job can be discarded.` : 'Cancel it first, or wait until it has ended.'
        throw new DbjobqError('JOB_STATE', `Job ${id} is ${status}. ${help}`)
      }
      if ((await storage.deleteJobs([id], from ? { from: [from] } : {})).length > 0) {
        hints.tellEnd(id)
        return true
      }
      // It ran a moment ago, or a store without transactions still writes its follow-ups.
      if (look > 1) await pause(20 * look)
    }
    throw new DbjobqError('CONTENTION', `Job ${id} could not be deleted in ${looks} attempts, since others were writing it. Try again.`)
  }

  async #find(id: string): Promise<JobRow | undefined> {
    return (await this.#store.storage.findJobs({ ids: [id] }, { limit: 1, summary: true }))[0]
  }
}

/** What the changes write to a job that waits, data aside. `now`: epoch ms. */
export function planning({ id }: Pick<JobRow, 'id'>, changes: PlanChanges, now: number): JobUpdate {
  const { priority, queue } = changes
  const set: JobUpdate['set'] = { ...(priority === undefined ? {} : { priority }), ...(queue === undefined ? {} : { queue }) }
  if (changes.runAt === undefined && changes.delay === undefined) return { id, from: waiting, set }
  const runAt = runAtOf({ ...(changes.runAt ? { runAt: changes.runAt } : { delay: changes.delay ?? 0 }) }, now)
  return { id, from: waiting, set: { ...set, runAt, status: runAt > now ? 'scheduled' : 'pending' } }
}

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_DATE`, `INVALID_DURATION`, `INVALID_NAME` */
export function checkChanges(where: string, changes: PlanChanges, more: Record<string, Check> = {}): void {
  checkOptions(where, changes, { priority: aPriority, runAt: aDate, delay: aDuration, queue: aName, ...more })
  if (changes.runAt !== undefined && changes.delay !== undefined) {
    throw new DbjobqError('INVALID_OPTION', `${where}: delay and runAt exclude each other. Give one of them.`)
  }
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new DbjobqError('INVALID_OPTION', `${where}: nothing to change is given. It takes priority, runAt or delay, queue.`)
  }
}

/** Checked and encoded; '' without a definition. */
async function dataOf({ job, data }: { job?: JobDefinition; data?: unknown }): Promise<string> {
  if (!job) {
    if (data === undefined) return ''
    throw new DbjobqError('INVALID_OPTION', 'update: data needs the definition of the job beside it: { job, data }.')
  }
  const text = encode(data, 'update: data')
  await validate(job.data, data, 'update: data')
  return text
}

/** The version of the definition that the new data is of, where the stored one is another. */
function madeFor({ policy: { version } }: JobDefinition, { options }: JobRow): { options?: string } {
  const policy = decodePolicy(options)
  return policy.version === version ? {} : { options: encodePolicy({ ...policy, version }) }
}
