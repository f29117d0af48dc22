import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { claimRequest, findJob, newJob, newJobs, settlement } from '../factories.js'
import { findAll } from '../running-jobs.js'

const now = 1_700_000_000_000

export const promoteJobsCases: ConformanceCase[] = [
  {
    id: 'promote-jobs/due',
    title: 'makes scheduled jobs pending that are due at now or before, and no others',
    proves: ['promote.due'],
    async run({ storage }) {
      const jobs = [0, now - 1, now, now + 1, now + 3_600_000].map((runAt) => newJob({ runAt, status: 'scheduled' }))
      await storage.insertJobs(jobs)
      assert.deepEqual(await storage.promoteJobs({ now, limit: 100 }), { queues: ['default'], more: false, nextRunAt: now + 1 })
      const rows = await findAll(storage, jobs)
      assert.deepEqual(
        rows.map((row) => row.status),
        ['pending', 'pending', 'pending', 'scheduled', 'scheduled'],
      )
    },
  },
  {
    id: 'promote-jobs/only-the-status',
    title: 'changes nothing of a job but its status',
    proves: ['promote.due'],
    async run({ storage }) {
      const job = newJob({ status: 'scheduled', runAt: now - 5, uniqueKey: 'k', keyUntil: 'claim', groupKey: 'g', priority: 7 })
      await storage.insertJobs([job])
      const before = await findJob(storage, job.id)
      await storage.promoteJobs({ now, limit: 1 })
      assert.deepEqual(await findJob(storage, job.id), { ...before, status: 'pending' })
    },
  },
  {
    id: 'promote-jobs/scheduled-only',
    title: 'leaves jobs alone that are not scheduled, however due they are',
    proves: ['promote.due'],
    async run({ storage }) {
      const jobs = newJobs(5, { runAt: 1 })
      await storage.insertJobs(jobs)
      const { jobs: claimed } = await storage.claimJobs(claimRequest({ limit: 4 }))
      const [completed, failed, cancelled] = claimed.map((row) => row)
      await storage.settleJobs(
        [completed, failed, cancelled].map((row, index) =>
          settlement(row ?? assert.fail(), { status: (['completed', 'failed', 'cancelled'] as const)[index] ?? 'failed', runAt: 1 }),
        ),
      )
      const before = await storage.findJobs({}, { limit: 10 })
      assert.deepEqual(await storage.promoteJobs({ now, limit: 100 }), { queues: [], more: false, nextRunAt: null })
      assert.deepEqual(await storage.findJobs({}, { limit: 10 }), before)
    },
  },
  {
    id: 'promote-jobs/limit',
    title: 'promotes at most the limit, the earliest first, and says whether more are due',
    proves: ['promote.limit', 'promote.next'],
    async run({ storage }) {
      const jobs = newJobs(5, (index) => ({ status: 'scheduled', runAt: now - index * 10 }))
      await storage.insertJobs(jobs)
      const statuses = async () => (await findAll(storage, jobs)).map((row) => (row.status === 'pending' ? 1 : 0)).join('')
      assert.deepEqual(await storage.promoteJobs({ now, limit: 2 }), { queues: ['default'], more: true, nextRunAt: now - 20 })
      assert.equal(await statuses(), '00011')
      assert.deepEqual(await storage.promoteJobs({ now, limit: 2 }), { queues: ['default'], more: true, nextRunAt: now })
      assert.equal(await statuses(), '01111')
      assert.deepEqual(await storage.promoteJobs({ now, limit: 2 }), { queues: ['default'], more: false, nextRunAt: null })
      assert.equal(await statuses(), '11111')
    },
  },
  {
    id: 'promote-jobs/exact-limit',
    title: 'does not say that more are due when the limit was just enough',
    proves: ['promote.limit', 'promote.next'],
    async run({ storage }) {
      await storage.insertJobs([...newJobs(3, { status: 'scheduled', runAt: now }), newJob({ status: 'scheduled', runAt: now + 1 })])
      assert.deepEqual(await storage.promoteJobs({ now, limit: 3 }), { queues: ['default'], more: false, nextRunAt: now + 1 })
      assert.deepEqual(await storage.promoteJobs({ now, limit: 3 }), { queues: [], more: false, nextRunAt: now + 1 })
    },
  },
  {
    id: 'promote-jobs/next',
    title: 'tells the earliest run-at that is still scheduled, null when there is none',
    proves: ['promote.next'],
    async run({ storage }) {
      assert.deepEqual(await storage.promoteJobs({ now, limit: 10 }), { queues: [], more: false, nextRunAt: null })
      await storage.insertJobs([now + 300, now + 100, now + 200].map((runAt) => newJob({ status: 'scheduled', runAt })))
      assert.deepEqual(await storage.promoteJobs({ now, limit: 10 }), { queues: [], more: false, nextRunAt: now + 100 })
      assert.deepEqual(await storage.promoteJobs({ now: now + 150, limit: 10 }), { queues: ['default'], more: false, nextRunAt: now + 200 })
    },
  },
  {
    id: 'promote-jobs/queues',
    title: 'names each queue that got a job once, and none that did not',
    proves: ['promote.due'],
    async run({ storage }) {
      await storage.insertJobs([
        ...['b', 'a', 'b', 'A'].map((queue) => newJob({ queue, status: 'scheduled', runAt: now })),
        newJob({ queue: 'later', status: 'scheduled', runAt: now + 1 }),
        newJob({ queue: 'pending' }),
      ])
      const { queues } = await storage.promoteJobs({ now, limit: 100 })
      assert.deepEqual(queues.toSorted(), ['A', 'a', 'b'])
    },
  },
  {
    id: 'promote-jobs/thousand',
    title: 'promotes 1,000 jobs in one call',
    proves: ['promote.limit'],
    async run({ storage }) {
      await storage.insertJobs(newJobs(1_000, { status: 'scheduled', runAt: now }))
      assert.deepEqual(await storage.promoteJobs({ now, limit: 1_000 }), { queues: ['default'], more: false, nextRunAt: null })
      assert.deepEqual((await storage.countJobs(['status'], { scanLimit: 2_000 })).counts, [
        { status: 'pending', count: 1_000, oldestRunAt: now },
      ])
    },
  },
  {
    id: 'promote-jobs/race',
    title: 'promotes each job once when several promote while others claim and put back',
    proves: ['promote.once'],
    async run({ open }) {
      const [first, second, third, claimer] = await Promise.all(Array.from({ length: 4 }, () => open()))
      assert.ok(first && second && third && claimer)
      const jobs = newJobs(200, { status: 'scheduled', runAt: now })
      await first.insertJobs(jobs)
      let promoting = 3
      const promote = async (storage: typeof first) => {
        while ((await storage.promoteJobs({ now, limit: 20 })).more);
        promoting--
      }
      const claims: string[] = []
      const claim = async () => {
        for (let idle = false; promoting > 0 || !idle;) {
          const { jobs: rows } = await claimer.claimJobs(claimRequest({ limit: 30 }))
          idle = rows.length === 0
          claims.push(...rows.map((row) => row.id))
          // Put back for later: a promoter that still holds a stale view of it must not make it pending again.
          await claimer.settleJobs(
            rows.map((row) => settlement(row, { status: 'scheduled', runAt: now + 1_000, finishedAt: null, deleteAt: null })),
          )
        }
      }
      await Promise.all([promote(first), promote(second), promote(third), claim()])
      assert.deepEqual(
        claims.toSorted(),
        jobs.map((job) => job.id),
      )
    },
  },
]
