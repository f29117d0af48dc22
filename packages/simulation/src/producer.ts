import { DbjobqError, StorageError, type JobQueue } from '@dbjobq/core'
import type { JobRow } from '@dbjobq/core/storage'
import type { Random } from '@dbjobq/storage-conformance/random'
import { act, harmless, kinds, later, tick, type Act } from './jobs.js'
import type { Ledger } from './ledger.js'
import { isCalm, type Plan } from './plan.js'
import { rest } from './rest.js'

export interface ProducerPlace {
  queue: JobQueue
  ledger: Ledger
  random: Random
  plan: Plan
  /** To find jobs to act on. */
  rows: ReadonlyMap<string, JobRow>
}

export async function upsertSchedules({ queue, plan }: ProducerPlace): Promise<void> {
  await again(() => queue.schedules.upsert('often', { job: tick, data: {}, every: plan.tickEvery, missed: 'all' }))
  await again(() =>
    queue.schedules.upsert('hourly', { job: tick, data: {}, cron: '30 * * * *', timezone: 'Europe/Berlin', overlap: 'skip' }),
  )
}

/** Enqueues, and does what people do to jobs, to the end of the plan. */
export async function produce(place: ProducerPlace): Promise<void> {
  const { random, plan } = place
  const end = performance.now() + plan.duration
  while (performance.now() < end) {
    await rest(-Math.log(1 - random.next()) * plan.callEvery)
    const roll = random.next()
    try {
      if (roll < 0.8) await enqueue(place)
      else await operate(place, roll)
    } catch (error) {
      if (!isExpected(error)) throw error
    }
  }
}

/** The last word of the operator, a minute after the trouble: calls that came late have come. */
export async function resumeAll(queue: JobQueue): Promise<void> {
  await rest(60_000)
  await again(() => queue.resumeQueue('default'))
}

async function enqueue({ queue, ledger, random, plan }: ProducerPlace): Promise<void> {
  const data: Act = { kind: random.pick(isCalm(plan) ? harmless : kinds), n: random.between(0, 20) }
  const options = {
    priority: random.between(0, 9),
    ...(random.chance(0.3) ? { delay: random.between(0, 20_000) } : {}),
    ...(random.chance(0.2) ? { unique: { key: `key-${random.between(1, 5)}` } } : {}),
  }
  const definition = random.chance(0.1) ? later : act
  if (random.chance(0.1)) {
    const all = await queue.enqueueMany(definition, [data, data, data], { priority: 5 })
    for (const { id } of all) ledger.acknowledged.add(id)
    return
  }
  const { id } = await queue.enqueue(definition, data, options)
  ledger.acknowledged.add(id)
}

/** What was asked for and not answered may have happened. */
async function operate({ queue, ledger, random, rows }: ProducerPlace, roll: number): Promise<void> {
  const ids = [...rows.keys()]
  const id = ids[random.between(0, ids.length - 1)]
  if (id === undefined) return
  if (roll < 0.86) await queue.cancel(id)
  else if (roll < 0.9) {
    ledger.retried.add(id)
    await queue.retry(id)
  } else if (roll < 0.94) await queue.update(id, { priority: random.between(0, 9) })
  else if (roll < 0.96) {
    ledger.deleted.add(id)
    await queue.delete(id)
  } else if (roll < 0.98) {
    try {
      await queue.pauseQueue('default')
      await rest(random.next() * 5_000)
    } finally {
      await again(() => queue.resumeQueue('default'))
    }
  } else await queue.waitFor(id, { timeout: random.between(1, 30_000) })
}

/** Until it works: somebody wants it. */
async function again(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      await rest(500)
    }
  }
}

const expected = new Set(['JOB_STATE', 'JOB_NOT_FOUND', 'UNIQUE_KEY_HELD', 'JOB_FAILED', 'JOB_CANCELLED', 'WAIT_TIMEOUT', 'CONTENTION'])

function isExpected(error: unknown): boolean {
  return error instanceof StorageError || (DbjobqError.isInstance(error) && expected.has(error.code))
}
