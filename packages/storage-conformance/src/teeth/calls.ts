import { StorageError } from '@dbjobq/core/storage'
import type { Tooth } from './tooth.js'

export const callsTeeth: Tooth[] = [
  {
    name: 'fails-on-an-empty-list',
    breaks: 'calls.empty',
    caughtBy: ['calls/empty'],
    defect: (intact) => ({
      updateJobs: (updates) => {
        const error = new StorageError('STORAGE_FAILED', 'syntax error at or near ")"', { retryable: false, applied: 'no' })
        return updates.length === 0 ? Promise.reject(error) : intact.updateJobs(updates)
      },
    }),
  },
  {
    name: 'takes-no-types-for-all-types',
    breaks: 'calls.empty',
    caughtBy: ['calls/empty'],
    defect: (intact) => ({
      claimJobs: ({ queues, ...request }) =>
        intact.claimJobs({
          ...request,
          queues: queues.map(({ types, ...queue }) => (types && types.length > 0 ? { ...queue, types } : queue)),
        }),
    }),
  },
  {
    name: 'takes-a-limit-of-0-for-none',
    breaks: 'calls.zero',
    caughtBy: ['calls/limit-zero'],
    defect: (intact) => ({ findJobs: (filter, page) => intact.findJobs(filter, { ...page, limit: page.limit || Infinity }) }),
  },
  {
    name: 'sees-nothing-free-with-a-limit-of-0',
    breaks: 'calls.zero',
    caughtBy: ['calls/limit-zero'],
    defect: (intact) => ({
      claimJobs: (request) => (request.limit === 0 ? Promise.resolve({ jobs: [], more: false }) : intact.claimJobs(request)),
    }),
  },
  {
    name: 'settles-the-last-first',
    breaks: 'calls.in-order',
    caughtBy: ['calls/twice-settled'],
    defect: (intact) => ({ settleJobs: async (settlements) => (await intact.settleJobs(settlements.toReversed())).toReversed() }),
  },
  {
    name: 'marks-a-job-once-a-call',
    breaks: 'calls.in-order',
    caughtBy: ['calls/twice-marked'],
    defect: (intact) => ({
      markJobs: async (marks) => {
        const first = marks.filter(({ id }, index) => marks.findIndex((mark) => mark.id === id) === index)
        const answers = new Map(first.map(({ id }, index) => [id, index]))
        const marked = await intact.markJobs(first)
        return marks.map(({ id }) => marked[answers.get(id) ?? -1] ?? false)
      },
    }),
  },
  {
    name: 'looks-at-all-guards-before-it-updates',
    breaks: 'calls.in-order',
    caughtBy: ['calls/twice-updated'],
    defect: (intact, { jobs }) => ({
      updateJobs: (updates) => {
        const before = new Map(updates.map(({ id }) => [id, jobs.get(id)?.status]))
        return intact.updateJobs(
          updates.map((update) => {
            const status = before.get(update.id)
            const isMet = status !== undefined && update.from.includes(status)
            return { ...update, from: isMet ? ['scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled'] : [] }
          }),
        )
      },
    }),
  },
]
