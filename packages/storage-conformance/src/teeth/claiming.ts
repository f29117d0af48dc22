import type { ClaimRequest, JobRow } from '@dbjobq/core/storage'
import { disguised, meanwhile, showing, type Tooth } from './tooth.js'

export const claimingTeeth: Tooth[] = [
  {
    name: 'claims-what-is-scheduled',
    breaks: 'claim.pending-only',
    caughtBy: ['claim-jobs/pending-only', 'model/random-steps'],
    defect: (intact) => ({
      claimJobs: async (request) => {
        await intact.promoteJobs({ now: Infinity, limit: Infinity })
        return intact.claimJobs(request)
      },
    }),
  },
  {
    name: 'claims-one-job-twice-under-race',
    breaks: 'claim.exclusive',
    caughtBy: ['claim-jobs/race', 'contention/one-process'],
    defect: (_, { jobs }) => ({
      claimJobs: async ({ queues, limit, claimId, workerId }) => {
        const names = queues.map(({ name }) => name)
        const free = [...jobs.values()].filter((job) => job.status === 'pending' && names.includes(job.queue))
        const chosen = free.slice(0, Math.min(limit, ...queues.map((queue) => queue.limit)))
        await meanwhile()
        for (const job of chosen) Object.assign(job, { status: 'running', claimId, workerId, attempts: job.attempts + 1 })
        return { jobs: chosen.map((job) => ({ ...job })), more: free.length > chosen.length }
      },
    }),
  },
  {
    name: 'claims-more-than-it-tells',
    breaks: 'claim.exclusive',
    caughtBy: ['contention/one-process', 'model/random-steps'],
    defect: (intact) => ({
      claimJobs: async (request) => {
        const { jobs, more } = await intact.claimJobs(request)
        return { jobs: jobs.slice(0, 4), more }
      },
    }),
  },
  {
    name: 'ignores-limit',
    breaks: 'claim.limits',
    caughtBy: ['claim-jobs/limit-of-all', 'model/random-steps'],
    defect: (intact) => ({ claimJobs: (request) => intact.claimJobs({ ...request, limit: Infinity }) }),
  },
  {
    name: 'ignores-the-limit-of-a-queue',
    breaks: 'claim.limits',
    caughtBy: ['claim-jobs/limit-of-a-queue', 'model/random-steps'],
    defect: (intact) => ({
      claimJobs: (request) => intact.claimJobs({ ...request, queues: request.queues.map((queue) => ({ ...queue, limit: Infinity })) }),
    }),
  },
  {
    name: 'claims-of-a-paused-queue',
    breaks: 'claim.paused',
    caughtBy: ['claim-jobs/paused', 'model/random-steps'],
    defect: (intact, { queues }) => ({
      claimJobs: async (request) => {
        const paused = [...queues.values()].map((queue) => ({ ...queue }))
        for (const queue of queues.values()) queue.pausedAt = null
        const answer = await intact.claimJobs(request)
        for (const queue of paused) queues.set(queue.name, queue)
        return answer
      },
    }),
  },
  {
    name: 'orders-by-id-only',
    breaks: 'claim.order',
    caughtBy: ['claim-jobs/order'],
    defect: (intact, { jobs }) => ({
      claimJobs: (request) => disguised(jobs.values(), { priority: 0, runAt: 0 }, () => intact.claimJobs(request)),
    }),
  },
  {
    name: 'puts-the-queues-in-its-own-order',
    breaks: 'claim.order',
    caughtBy: ['claim-jobs/order-of-queues', 'model/random-steps'],
    defect: (intact) => ({
      claimJobs: (request) => intact.claimJobs({ ...request, queues: request.queues.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }),
    }),
  },
  {
    name: 'never-looks-back-at-better-rows',
    breaks: 'claim.order',
    caughtBy: ['claim-jobs/better-row-within-a-second'],
    defect: (intact, { jobs }) => {
      let cursor = -Infinity
      return {
        claimJobs: async (request) => {
          const beyond = (row: JobRow) => row.runAt >= cursor
          const answer = await showing(jobs, beyond, () => intact.claimJobs(request))
          if (answer.jobs.length === 0) return intact.claimJobs(request)
          cursor = Math.max(cursor, ...answer.jobs.map((job) => job.runAt))
          return { ...answer, more: true }
        },
      }
    },
  },
  {
    name: 'progress-lost-on-claim',
    breaks: 'claim.fields',
    caughtBy: ['claim-jobs/fields-of-a-second-claim'],
    defect: afterClaim((row) => (row.progress = null)),
  },
  {
    name: 'start-kept-on-claim',
    breaks: 'claim.fields',
    caughtBy: ['claim-jobs/fields-of-a-second-claim'],
    defect: afterClaim((row) => (row.startedAt = 1)),
  },
  {
    name: 'counts-no-attempt',
    breaks: 'claim.fields',
    caughtBy: ['claim-jobs/fields', 'model/random-steps', 'contention/one-process'],
    defect: afterClaim((row) => row.attempts--),
  },
  {
    name: 'ignores-types',
    breaks: 'claim.types',
    caughtBy: ['claim-jobs/types', 'model/random-steps'],
    defect: (intact) => ({
      claimJobs: (request) => intact.claimJobs({ ...request, queues: request.queues.map(({ name, limit }) => ({ name, limit })) }),
    }),
  },
  {
    name: 'types-of-one-queue-for-all',
    breaks: 'claim.types',
    caughtBy: ['claim-jobs/types'],
    defect: (intact) => ({
      claimJobs: (request) => {
        const types = request.queues.find((queue) => queue.types)?.types
        const queues = request.queues.map((queue) => ({ ...queue, ...(types ? { types } : {}) }))
        return intact.claimJobs({ ...request, queues })
      },
    }),
  },
  {
    name: 'keeps-the-key-at-the-claim',
    breaks: 'claim.key-until-claim',
    caughtBy: ['claim-jobs/key-until-claim', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      claimJobs: (request) => disguised(jobs.values(), { keyUntil: 'settlement' }, () => intact.claimJobs(request)),
    }),
  },
  {
    name: 'more-false-with-work-left',
    breaks: 'claim.more',
    caughtBy: ['claim-jobs/until-nothing-is-left', 'model/random-steps'],
    defect: (intact) => ({ claimJobs: async (request) => ({ ...(await intact.claimJobs(request)), more: false }) }),
  },
  {
    name: 'finds-no-type-behind-a-window',
    breaks: 'claim.more',
    caughtBy: ['claim-jobs/behind-foreign-types'],
    defect: (intact, { jobs }) => ({
      claimJobs: (request: ClaimRequest) => {
        const best = [...jobs.values()].filter((job) => job.status === 'pending').sort((a, b) => b.priority - a.priority)
        const seen = new Set(best.slice(0, 100))
        return showing(
          jobs,
          (row) => seen.has(row),
          () => intact.claimJobs(request),
        )
      },
    }),
  },
]

function afterClaim(change: (row: JobRow) => unknown): Tooth['defect'] {
  return (intact, tables) => ({
    claimJobs: async (request) => {
      const { jobs, more } = await intact.claimJobs(request)
      const rows = jobs.flatMap(({ id }) => tables.jobs.get(id) ?? [])
      for (const row of rows) change(row)
      return { jobs: rows.map((row) => ({ ...row })), more }
    },
  })
}
