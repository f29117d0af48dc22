import { DbjobqError, StorageError, type Enqueued } from '@dbjobq/core'
import * as jobs from '../workload/jobs.js'
import { pause, type Place } from './place.js'

/** Keys that all enqueuers share. */
const keys = 20

/** Enqueues until SIGTERM, and writes down each call before and after. */
export async function enqueueJobs(place: Place): Promise<void> {
  const { queue, plan, random, report, stop } = place
  report.stage = 'working'
  const few = Math.ceil(plan.batch / 20)
  const notes = (count: number) => Array.from({ length: count }, () => ({ note: 'of an enqueuer' }))
  const turns: (() => Promise<unknown>)[] = [
    () =>
      ask(place, few, () =>
        queue.enqueueMany(
          jobs.slow,
          Array.from({ length: few }, () => ({ ms: random.between(50, 300) })),
        ),
      ),
    () =>
      ask(place, few, () =>
        queue.enqueueMany(
          jobs.flaky,
          Array.from({ length: few }, () => ({ failures: random.between(1, 2) })),
        ),
      ),
    () => ask(place, few, () => queue.enqueueMany(jobs.failing, notes(few))),
    () =>
      ask(place, few, () =>
        queue.enqueueMany(
          jobs.snoozing,
          Array.from({ length: few }, () => ({ ms: random.between(10, 500) })),
        ),
      ),
    () => ask(place, few, () => queue.enqueueMany(jobs.parent, notes(few))),
    () => ask(place, few, () => queue.enqueueMany(jobs.quick, notes(few), { delay: random.between(1, 1_500) })),
    () => {
      const key = `key-${random.between(1, keys)}`
      return ask(place, 1, async () => [await queue.enqueue(jobs.keyed, { key }, { delay: random.between(0, 200) })], key)
    },
    () => enqueueAndCancel(place),
  ]
  while (!stop.aborted) {
    await waitForRoom(place)
    await ask(place, plan.batch, () => queue.enqueueMany(jobs.quick, notes(plan.batch)))
    await turns[random.between(0, turns.length - 1)]?.()
    await pause(random.between(0, 2 * plan.breath), stop)
  }
}

async function enqueueAndCancel(place: Place): Promise<void> {
  const { queue, ledger } = place
  const [job] = await ask(place, 1, async () => [await queue.enqueue(jobs.slow, { ms: 500 }, { delay: 50 })])
  if (!job) return
  await pause(place.random.between(0, 300))
  ledger.write({ kind: 'cancel', id: job.id })
  await queue.cancel(job.id).catch(refuseOthers)
}

async function waitForRoom({ queue, plan, stop }: Place): Promise<void> {
  while (!stop.aborted) {
    const stats = await queue.stats({ status: 'pending', scanLimit: plan.backlog }).catch(refuseOthers)
    if (stats?.complete) return
    await pause(100, stop)
  }
}

/** Answers what was enqueued; nothing where the call failed. */
async function ask({ ledger, report }: Place, count: number, call: () => Promise<Enqueued[]>, key?: string): Promise<Enqueued[]> {
  ledger.write({ kind: 'asked', count })
  try {
    const answers = await call()
    report.enqueued += count
    ledger.write(...answers.map(({ id, outcome }) => ({ kind: 'enqueued', id, outcome, ...(key === undefined ? {} : { key }) }) as const))
    return answers
  } catch (error) {
    refuseOthers(error)
    if (error instanceof StorageError && error.applied === 'no') ledger.write({ kind: 'refused', count })
    return []
  }
}

/** A store that cannot be used now is what the lab is about; anything else is a mistake. */
function refuseOthers(error: unknown): undefined {
  if (error instanceof StorageError ? error.retryable : DbjobqError.isInstance(error, 'CONTENTION')) return undefined
  throw error
}
