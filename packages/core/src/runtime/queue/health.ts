import { DbjobqError } from '../../model/errors.js'
import { healthLevels, judge, worst, type Health, type HealthFacts, type HealthReason, type HealthThresholds } from '../../model/health.js'
import type { Count } from '../../model/storage.js'
import type { Store } from '../store.js'

/** A worker that dies is noticed and its jobs are rescued within seconds to a third of the lease: orphans of that age are normal, ms. */
const orphanAge = 30_000

/** Bounded reads: 7 calls, and at most as many rows of each status as the largest threshold of a count. */
export async function health(store: Store, thresholds: HealthThresholds): Promise<Health> {
  const levels = healthLevels(thresholds)
  store.refuseClosed()
  try {
    await store.ready()
    // That may have been long ago.
    const { schema } = await store.storage.describe()
    if (schema.found < schema.wanted) {
      store.forget()
      await store.ready()
    }
    if (store.clock.isStale) await store.clock.sync()
    const most = (name: 'failed' | 'unserved' | 'orphaned') => {
      const { degraded, unhealthy } = levels[name]
      return Math.max(1, ...[degraded, unhealthy].filter(Number.isFinite))
    }
    const scanLimit = Math.max(10_000, most('failed'), most('unserved'))
    const reasons = judge(await read(store, scanLimit, most('orphaned')), levels)
    return { status: worst(reasons), reasons, checkedAt: new Date(store.clock.now()) }
  } catch (error) {
    if (DbjobqError.isInstance(error, 'QUEUE_CLOSED')) throw error
    return { status: 'unhealthy', reasons: [unusable(error)], checkedAt: new Date(store.clock.now()) }
  }
}

async function read({ storage, clock }: Store, scanLimit: number, orphanLimit: number): Promise<HealthFacts> {
  const now = clock.now()
  const paused = new Set((await storage.findQueues()).filter(({ pausedAt }) => pausedAt !== null).map(({ name }) => name))
  const filter = { status: ['scheduled', 'pending', 'failed'] as const }
  const { counts, complete } = await storage.countJobs(['queue', 'status'], { filter: { status: [...filter.status] }, scanLimit })
  const served = counts.filter(({ queue = '' }) => !paused.has(queue))
  const pending = served.filter(({ status }) => status === 'pending')
  // More pending jobs than were counted: the one created first may not be among them.
  const [oldest] = complete ? [] : await storage.findJobs({ status: ['pending'] }, { limit: 1, summary: true })
  const times = new Map(pending.map(({ queue = '', oldestRunAt }) => [queue, oldestRunAt ?? now]))
  if (oldest && !paused.has(oldest.queue)) times.set(oldest.queue, Math.min(oldest.runAt, times.get(oldest.queue) ?? now))
  const live = (await storage.findWorkers()).filter(({ leaseUntil }) => leaseUntil > now)
  // Without a worker nobody makes what is due pending.
  const overdue = served.filter(({ status, oldestRunAt }) => status === 'scheduled' && oldestRunAt !== null && oldestRunAt <= now)
  return {
    waiting: [...times].map(([queue, runAt]) => ({ queue, age: Math.max(0, now - runAt) })),
    failed: sum(counts.filter(({ status }) => status === 'failed')),
    orphaned: (await storage.findOrphans({ now: now - orphanAge, limit: orphanLimit })).length,
    due: sum(pending) + overdue.length,
    liveWorkers: live.length,
    clockError: Math.ceil(clock.error),
  }
}

function sum(counts: Count[]): number {
  return counts.reduce((total, { count }) => total + count, 0)
}

function unusable(error: unknown): HealthReason {
  const isSchema = ['SCHEMA_OUTDATED', 'SCHEMA_TOO_NEW'].some((code) => (error as { code?: unknown } | null)?.code === code)
  return {
    code: isSchema ? 'SCHEMA_OUTDATED' : 'DATABASE_UNUSABLE',
    status: 'unhealthy',
    message: error instanceof Error ? error.message : String(error),
    value: 1,
    threshold: 1,
  }
}
