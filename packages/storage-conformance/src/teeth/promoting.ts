import { disguised, meanwhile, type Tooth } from './tooth.js'

export const promotingTeeth: Tooth[] = [
  {
    name: 'promotes-early',
    breaks: 'promote.due',
    caughtBy: ['promote-jobs/due'],
    defect: (intact) => ({ promoteJobs: ({ now, limit }) => intact.promoteJobs({ now: now + 1, limit }) }),
  },
  {
    name: 'promotes-when-past-due-only',
    breaks: 'promote.due',
    caughtBy: ['promote-jobs/due'],
    defect: (intact) => ({ promoteJobs: ({ now, limit }) => intact.promoteJobs({ now: now - 1, limit }) }),
  },
  {
    name: 'promote-sets-the-run-at',
    breaks: 'promote.due',
    caughtBy: ['promote-jobs/only-the-status', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      promoteJobs: async ({ now, limit }) => {
        const scheduled = [...jobs.values()].filter((job) => job.status === 'scheduled')
        const answer = await intact.promoteJobs({ now, limit })
        for (const job of scheduled) if (job.status === 'pending') job.runAt = now
        return answer
      },
    }),
  },
  {
    name: 'promote-ignores-limit',
    breaks: 'promote.limit',
    caughtBy: ['promote-jobs/limit', 'model/random-steps'],
    defect: (intact) => ({ promoteJobs: ({ now }) => intact.promoteJobs({ now, limit: Infinity }) }),
  },
  {
    name: 'promotes-in-the-order-of-ids',
    breaks: 'promote.limit',
    caughtBy: ['promote-jobs/limit'],
    defect: (intact, { jobs }) => ({
      promoteJobs: ({ now, limit }) => {
        const due = [...jobs.values()].filter((job) => job.status === 'scheduled' && job.runAt <= now)
        return disguised(due, { runAt: now }, () => intact.promoteJobs({ now, limit }))
      },
    }),
  },
  {
    name: 'promote-forgets-what-comes-next',
    breaks: 'promote.next',
    caughtBy: ['promote-jobs/next', 'model/random-steps'],
    defect: (intact) => ({
      promoteJobs: async (request) => {
        const answer = await intact.promoteJobs(request)
        return { ...answer, nextRunAt: answer.more ? answer.nextRunAt : null }
      },
    }),
  },
  {
    name: 'promotes-one-job-twice-under-race',
    breaks: 'promote.once',
    caughtBy: ['promote-jobs/race'],
    defect: (intact, { jobs }) => ({
      promoteJobs: async ({ now, limit }) => {
        const due = [...jobs.values()].filter((job) => job.status === 'scheduled' && job.runAt <= now).slice(0, limit)
        await meanwhile(1 + Math.floor(Math.random() * 100))
        for (const job of due) job.status = 'pending'
        const { nextRunAt } = await intact.promoteJobs({ now: 0, limit: 0 })
        return { queues: [...new Set(due.map((job) => job.queue))], more: nextRunAt !== null && nextRunAt <= now, nextRunAt }
      },
    }),
  },
]
